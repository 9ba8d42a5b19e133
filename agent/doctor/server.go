package doctor

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/auditship/auditship/agent/kubeadm"
)

// server is kube-apiserver as it is told to run.
type server struct {
	manifest *kubeadm.Manifest // nil: known from its process alone
	name     string            // of the manifest, or of the process
	flags    []kubeadm.Flag
	minor    int // of its version 1.x; 0: unknown
}

// flag is the last one of that name, which counts.
func (s *server) flag(name string) (found kubeadm.Flag, there bool) {
	for _, f := range s.flags {
		if f.Name == name {
			found, there = f, true
		}
	}
	return found, there
}

// where is the place of a flag.
func (s *server) where(f kubeadm.Flag) string {
	if f.Line == 0 {
		return s.name + ": --" + f.Name
	}
	return s.name + ":" + strconv.Itoa(f.Line) + ": --" + f.Name
}

const addAudit = "`auditship enable-audit` shows the change, and makes it with --write"

var minorVersion = regexp.MustCompile(`:v1\.(\d+)\.`)

// findServer looks for the manifest, else for a process.
func (e *examination) findServer() {
	text, err := kubeadm.ReadFile(e.at(e.Manifest))
	if err != nil {
		e.findProcess(err)
		return
	}
	m, err := kubeadm.Parse(e.Manifest, text)
	if err != nil {
		where, what, _ := strings.Cut(err.Error(), ": ") // FILE or FILE:LINE
		e.fail("manifest", where, "look at the file, or name another one with --manifest", "%s", what)
		return
	}
	e.server = &server{manifest: m, name: e.Manifest, flags: m.Flags()}
	if found := minorVersion.FindStringSubmatch(m.Image()); found != nil {
		e.server.minor, _ = strconv.Atoi(found[1])
	}
	e.ok("manifest", e.Manifest, "%s", m.Image())
}

func (e *examination) findProcess(missing error) {
	all := e.processes()
	switch {
	case len(all) > 0:
		e.server = &server{name: all[0].name, flags: kubeadm.FlagsOf(all[0].args)}
		e.ok("manifest", all[0].name, "kube-apiserver runs without a manifest in %s: its command line is looked at", e.Manifest)
	case errors.Is(missing, fs.ErrNotExist):
		e.warn("manifest", e.Manifest, "run this on a control-plane node, or name the manifest with --manifest (RKE2: /var/lib/rancher/rke2/agent/pod-manifests/kube-apiserver.yaml); k3s has kube-apiserver in its own process", "there is none, and no process of kube-apiserver is to be seen: its flags are not examined")
	default:
		e.fail("manifest", e.Manifest, "run this as root, or name another file with --manifest", "%v", missing)
	}
}

type process struct {
	name string
	args []string
}

// processes are those of kube-apiserver, as far as this user may see them.
func (e *examination) processes() (all []process) {
	files, _ := filepath.Glob(e.at("/proc/[0-9]*/cmdline"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		args := strings.Split(string(bytes.TrimRight(text, "\x00")), "\x00")
		if filepath.Base(args[0]) == "kube-apiserver" {
			all = append(all, process{"process " + filepath.Base(filepath.Dir(file)), args})
		}
	}
	return all
}

// checkRunning compares a manifest with what runs: kubelet may not have taken it, or kube-apiserver not have started with it.
func (e *examination) checkRunning() {
	if e.server.manifest == nil {
		return
	}
	all := e.processes()
	if len(all) == 0 {
		if e.whole() {
			e.warn("running", "", "look whether it starts: crictl ps -a --name kube-apiserver, and its log", "no process of kube-apiserver is to be seen here")
		}
		return
	}
	want := auditFlags(e.server.flags)
	for _, p := range all { // others are of clusters whose control planes run in pods here
		if slices.Equal(auditFlags(kubeadm.FlagsOf(p.args)), want) {
			e.ok("running", p.name, "it has the manifest's flags about audit")
			return
		}
	}
	e.warn("running", all[0].name, "wait until kubelet has restarted it; if it does not, look at kubelet's log", "it was started with other flags about audit than the manifest has")
}

func auditFlags(flags []kubeadm.Flag) (all []string) {
	for _, f := range flags {
		if strings.HasPrefix(f.Name, "audit-") {
			all = append(all, fmt.Sprintf("%s=%s", f.Name, f.Value))
		}
	}
	slices.Sort(all)
	return all
}

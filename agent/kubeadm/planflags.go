package kubeadm

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// value is the value of a flag in the manifest.
func (p *planner) value(name string) (value string, there bool) {
	f, there := lastOf(p.m.flags(), name)
	return f.value, there
}

// setFlag gives a flag a value, unless it has it.
func (p *planner) setFlag(name, value, why string) {
	f, there := lastOf(p.m.flags(), name)
	switch {
	case there && f.value == value:
		return
	case !there:
		p.addFlag(name, value)
		p.changed(fmt.Sprintf("add --%s=%s", name, value), why)
		return
	case f.to-f.from == 2:
		p.edit.set(p.m.nodes[f.from+1], value)
	default:
		p.edit.set(p.m.nodes[f.from], "--"+name+"="+value)
	}
	p.changed(fmt.Sprintf("set --%s=%s (it is %q)", name, value, f.value), why)
}

// addFlag adds a flag behind the last one about audit, or behind all.
func (p *planner) addFlag(name, value string) {
	flags := p.m.flags()
	last := flags[len(flags)-1]
	for _, f := range flags {
		if strings.HasPrefix(f.name, "audit-") {
			last = f
		}
	}
	behind := p.m.nodes[last.to-1]
	list := p.m.lists.command
	if list == nil || !slices.Contains(p.edit.items[list], behind) {
		list = p.m.lists.args
	}
	p.edit.add(list, behind, quote("--"+name+"="+value))
}

// removeFlag takes a flag out.
func (p *planner) removeFlag(f flag) {
	for _, n := range p.m.nodes[f.from:f.to] {
		for _, list := range []*yaml.Node{p.m.lists.command, p.m.lists.args} {
			if list != nil && slices.Contains(list.Content, n) {
				p.edit.remove(list, n)
			}
		}
	}
}

// gone are feature gates that kube-apiserver knows no more. It does not start with one
// (k8s.io/component-base/featuregate: "unrecognized feature gate").
var gone = map[string]string{"AdvancedAuditing": "1.28", "DynamicAuditing": "1.19"}

// removed takes out what today's kube-apiserver does not start with.
func (p *planner) removed() {
	for _, f := range p.m.flags() {
		switch {
		case f.name == "feature-gates":
			p.gates(f)
		case f.name == "audit-dynamic-configuration":
			p.removeFlag(f)
			p.changed("remove --audit-dynamic-configuration", "the flag was removed in Kubernetes 1.19: kube-apiserver does not start with it")
		case (f.name == "audit-log-version" || f.name == "audit-webhook-version") && f.value != "audit.k8s.io/v1":
			p.removeFlag(f)
			p.changed(fmt.Sprintf("remove --%s=%s", f.name, f.value), "that version was removed in Kubernetes 1.24, and kube-apiserver does not start with it; audit.k8s.io/v1 is the default")
		}
	}
}

func (p *planner) gates(f flag) {
	var kept, out []string
	for _, gate := range strings.Split(f.value, ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(gate), "=")
		if since := gone[name]; since != "" {
			out = append(out, gate)
			p.changed("remove "+gate+" from --feature-gates", "the gate was removed in Kubernetes "+since+": kube-apiserver does not start with a gate that it does not know; audit logging needs none")
		} else {
			kept = append(kept, gate)
		}
	}
	value := strings.Join(kept, ",")
	switch {
	case len(out) == 0:
	case value == "":
		p.removeFlag(f)
	case f.to-f.from == 2:
		p.edit.set(p.m.nodes[f.from+1], value)
	default:
		p.edit.set(p.m.nodes[f.from], "--"+f.name+"="+value)
	}
	if len(out) > 0 {
		p.note("take the gate out of apiServer.extraArgs of the ConfigMap kube-system/kubeadm-config, too, or the next kubeadm upgrade brings it back")
	}
}

// rotation sets how many backups of which size there are. An hour of outage of all outputs must fit.
func (p *planner) rotation() {
	for _, r := range []struct {
		flag              string
		want, normal, low int
		to                *int
		why               string
	}{
		{"audit-log-maxsize", p.want.MaxSize, DefaultMaxSize, 1, &p.plan.Rotation.MaxSize,
			"MB before the log is rotated. At 0 it never is and fills the disk, which is etcd's, too; an event larger than this is never written at all"},
		{"audit-log-maxbackup", p.want.MaxBackups, DefaultMaxBackups, 1, &p.plan.Rotation.MaxBackups,
			"files kept. Without a limit (0) they fill the disk; with too few, an outage of the log store loses events: 20 of 100 MB are an hour and more at 500 KB/s, which is a busy cluster"},
		{"audit-log-maxage", p.want.MaxAge, DefaultMaxAge, 0, &p.plan.Rotation.MaxAge,
			"days before a file is deleted, however few there are; the CIS Kubernetes Benchmark asks for 30"},
	} {
		text, there := p.value(r.flag)
		number, err := strconv.ParseInt(text, 0, 32) // as pflag does: 0300 is 192
		value := int(number)
		if r.want == 0 {
			if r.want = r.normal; there && err == nil && value >= r.low {
				r.want = value
			}
		}
		*r.to = r.want
		if !there || err != nil || value != r.want {
			p.setFlag(r.flag, strconv.Itoa(r.want), r.why)
		}
	}
	p.enough()
}

// busy is what a busy cluster logs in an hour, at 500 KB/s.
const busy = 500_000 * 3600

// enough notes what the rotation that is set cannot do.
func (p *planner) enough() {
	r := p.plan.Rotation
	if r.Bytes() < busy {
		p.note(fmt.Sprintf("the log and its backups hold %d MiB, which a busy cluster fills in %d minutes: what the log store has not taken by then is lost. --max-backups %d would hold an hour",
			r.Bytes()>>20, r.Bytes()/(busy/60), busy/(r.MaxSize<<20)))
	}
	if r.MaxSize < 10 {
		p.note(fmt.Sprintf("an event of more than %d MB (--audit-log-maxsize) is never written: lists and their bodies get that large. --max-size %d avoids it", r.MaxSize, DefaultMaxSize))
	}
}

// format: "legacy" lines have no fields to read.
func (p *planner) format() {
	if value, there := p.value("audit-log-format"); there && value != "json" {
		p.setFlag("audit-log-format", "json", "the legacy format has a few words of each event and no body, user agent or annotation: nothing can be told from it")
	}
}

// beside notes what is there beside the log and stays.
func (p *planner) beside() {
	if _, there := p.value("audit-webhook-config-file"); there {
		p.note("events also go to a webhook (--audit-webhook-config-file): it stays as it is, and gets the events of the same policy")
	}
	if mode, there := p.value("audit-log-mode"); there && !strings.HasPrefix(mode, "blocking") {
		p.note("--audit-log-mode=" + mode + " keeps events in memory: those of a crash, or of more than its buffer holds, are lost. The default, blocking, loses none")
	}
	if name := p.m.server().Name; name != apiServer {
		p.note("the container is called " + strconv.Quote(name) + ", not kube-apiserver: kubeadm would not have called it so")
	}
}

// absolute is a path that can be used: from the root, and of a file.
func absolute(name string) bool { return path.IsAbs(name) && path.Clean(name) == name }

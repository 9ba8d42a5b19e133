package kubeadm

import (
	"math"
	"path"
	"slices"
	"strings"
)

// Defaults of what is set where nothing is.
const (
	DefaultManifest   = "/etc/kubernetes/manifests/kube-apiserver.yaml"
	DefaultPolicyPath = "/etc/kubernetes/audit/policy.yaml"
	DefaultLogPath    = "/var/log/kubernetes/audit/audit.log"
	DefaultMaxSize    = 100 // MB
	DefaultMaxBackups = 20
	DefaultMaxAge     = 30 // days; what the CIS Kubernetes Benchmark asks for
)

// Settings are what is wanted. What is empty or 0 stays as the manifest has it, and gets the default where that has nothing
// that works.
type Settings struct {
	Policy     *Policy
	PolicyPath string // as the API server sees it
	LogPath    string
	MaxSize    int // MB of a file
	MaxBackups int
	MaxAge     int // days
}

// Change is one thing that is done, and why, in plain words.
type Change struct{ What, Why string }

// File is a file of the node that is written before the manifest is.
type File struct {
	Path string
	Text []byte
}

// Plan is the way from a manifest to one with audit logging.
type Plan struct {
	Manifest *Manifest // as it is
	Text     []byte    // as it is to be; the same if nothing is to be changed in it
	After    *Manifest // Text
	Changes  []Change
	Notes    []string // what is left as it is, and should be known
	Policy   *File    // to be written; nil: it is right as it is

	PolicyPath, LogPath string // on the node
	Rotation            Rotation
}

// Rotation is how kube-apiserver rotates its log.
type Rotation struct{ MaxSize, MaxBackups, MaxAge int }

// Bytes is what the log and its backups take at most, and math.MaxInt64 where that is more. kube-apiserver's MB are MiB
// (gopkg.in/natefinch/lumberjack.v2).
func (r Rotation) Bytes() int64 {
	files := int64(r.MaxBackups) + 1
	if int64(r.MaxSize) > math.MaxInt64>>20/files {
		return math.MaxInt64
	}
	return int64(r.MaxSize) << 20 * files
}

// Empty tells whether all is right as it is.
func (p *Plan) Empty() bool { return p.sameManifest() && p.Policy == nil }

// sameManifest tells whether the manifest stays: only the policy may change.
func (p *Plan) sameManifest() bool { return string(p.Text) == string(p.Manifest.text) }

// planner makes one plan.
type planner struct {
	m    *Manifest
	want Settings
	read func(name string) ([]byte, error)
	edit *editor
	plan *Plan
	err  error // the first

	added map[string]bool // directories that are newly mounted
	taken map[string]bool // names that new volumes have; false: of one that is taken out
}

// Make finds what is to be changed in a manifest, which it uses up. read reads a file of the node. The error is an
// *UnusableError, or of read.
func Make(m *Manifest, want Settings, read func(name string) ([]byte, error)) (*Plan, error) {
	plan, err := once(m, want, read)
	if err != nil || string(plan.Text) == string(m.text) {
		return plan, err
	}
	if plan.After, err = Parse(m.Path, plan.Text); err != nil {
		return nil, err
	}
	again, err := once(plan.After, want, func(name string) ([]byte, error) {
		if plan.Policy != nil && name == plan.Policy.Path {
			return plan.Policy.Text, nil
		}
		return read(name)
	})
	if err != nil {
		return nil, err
	}
	if !again.Empty() {
		return nil, m.unusable(nil, "would need a second edit after the first: it is written in an unusual way, and nothing is changed")
	}
	return plan, nil
}

// once makes a plan without looking at what it leads to.
func once(m *Manifest, want Settings, read func(name string) ([]byte, error)) (*Plan, error) {
	p := &planner{m: m, want: want, read: read, edit: newEditor(m), plan: &Plan{Manifest: m}, taken: map[string]bool{}, added: map[string]bool{}}
	for _, step := range []func(){p.user, p.removed, p.log, p.rotation, p.format, p.policy, p.beside} {
		if step(); p.err != nil {
			return nil, p.err
		}
	}
	p.plan.After = m
	var err error
	p.plan.Text, err = p.edit.finish()
	return p.plan, err
}

// fail notes that it cannot be done.
func (p *planner) fail(text string, args ...any) {
	if p.err == nil {
		p.err = p.m.unusable(nil, text, args...)
	}
}

func (p *planner) changed(what, why string) {
	p.plan.Changes = append(p.plan.Changes, Change{what, why})
}

func (p *planner) note(text string) {
	if !slices.Contains(p.plan.Notes, text) {
		p.plan.Notes = append(p.plan.Notes, text)
	}
}

// user: kubeadm's alpha RootlessControlPlane runs the API server as a user who could not read a policy and write a log of root.
func (p *planner) user() {
	for _, s := range []security{p.m.pod.Security, p.m.server().Security} {
		if s.User != nil && *s.User != 0 {
			p.fail("kube-apiserver does not run as root here but as user %d (RootlessControlPlane), who could neither read the policy nor write the log: this is not done by enable-audit", *s.User)
		}
	}
}

// own tells whether a directory may be mounted whole, and be made private: it does not hold what is others'.
func own(dir string) bool {
	dir = path.Clean(dir)
	if strings.HasPrefix(dir+"/", "/etc/kubernetes/manifests/") || dir == "/etc/kubernetes/pki" || dir == "/var/log/pods" || dir == "/var/log/containers" || dir == "/var/lib/kubelet" || dir == "/var/lib/etcd" {
		return false
	}
	return strings.Count(dir, "/") >= 3
}

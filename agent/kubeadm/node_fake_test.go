package kubeadm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/disk"
)

// node is a control-plane node in a directory: a kubelet that starts an API server, which answers /livez over HTTP, whenever
// the manifest in its directory changes.
type node struct {
	t          *testing.T
	dir        string
	host       *Host
	starts     func(args []string, text string) bool // whether an API server comes up; nil: with the flags it knows
	mu         sync.Mutex
	up         bool
	text       string
	server     Process
	generation int
	blind      bool          // no processes can be seen
	asleep     atomic.Bool   // kubelet does nothing
	starting   bool          // it answers from the second question on
	failed     chan struct{} // closed when an API server did not start, or kubelet was asleep for some looks
	fail       sync.Once
	looks      atomic.Int32
	stopped    chan struct{}
}

func newNode(t *testing.T, manifest string) *node {
	t.Helper()
	n := &node{t: t, dir: t.TempDir(), stopped: make(chan struct{}), failed: make(chan struct{})}
	for _, dir := range []string{"etc/kubernetes/manifests", "var/log/pods"} {
		if err := os.MkdirAll(filepath.Join(n.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	n.put(n.rooted(manifest))
	n.sync()
	server := httptest.NewServer(http.HandlerFunc(n.livez))
	t.Cleanup(server.Close)
	n.host = &Host{livez: server.URL + "/livez", client: server.Client(), log: filepath.Join(n.dir, "var/log/pods")}
	ctx, stop := context.WithCancel(context.Background())
	go n.kubelet(ctx)
	t.Cleanup(func() { stop(); <-n.stopped })
	return n
}

func (n *node) manifest() string {
	return filepath.Join(n.dir, "etc/kubernetes/manifests/kube-apiserver.yaml")
}

// put replaces the manifest in one step: kubelet must not read half of it.
func (n *node) put(text string) {
	n.t.Helper()
	edited := filepath.Join(n.dir, "edited")
	if err := errors.Join(os.WriteFile(edited, []byte(text), 0o600), os.Rename(edited, n.manifest())); err != nil {
		n.t.Fatal(err)
	}
}

// rooted has the paths of the node in its directory: those of a test must not be the machine's.
func (n *node) rooted(manifest string) string {
	for _, dir := range []string{"/etc/kubernetes/audit", "/var/log/kubernetes"} {
		manifest = strings.ReplaceAll(manifest, dir, n.dir+dir)
	}
	return manifest
}

// settings are the defaults, in the node's directory.
func (n *node) settings() Settings {
	return Settings{PolicyPath: n.dir + DefaultPolicyPath, LogPath: n.dir + DefaultLogPath}
}

func (n *node) livez(answer http.ResponseWriter, _ *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.up || n.starting {
		n.starting = false
		answer.WriteHeader(http.StatusInternalServerError)
	}
}

func (n *node) Live(ctx context.Context) (int, error) {
	if n.asleep.Load() && n.looks.Add(1) == 5 {
		n.fail.Do(func() { close(n.failed) })
	}
	return n.host.Live(ctx)
}
func (n *node) LastWords() []string { return n.host.LastWords() }
func (n *node) Servers() ([]Process, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.blind {
		return nil, errors.New("no /proc")
	}
	other := Process{"7", "1", []string{"kube-apiserver", "--of=another-cluster"}}
	if n.server.ID == "" {
		return []Process{other}, nil
	}
	return []Process{other, n.server}, nil
}

// Stop ends the API server; kubelet sees to it.
func (n *node) Stop(p Process) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p.same(n.server) {
		n.text, n.up = "", false
	}
	return nil
}

// kubelet looks at the manifest all the time.
func (n *node) kubelet(ctx context.Context) {
	defer close(n.stopped)
	ticks := time.NewTicker(time.Millisecond)
	defer ticks.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticks.C:
			if !n.asleep.Load() {
				n.sync()
			}
		}
	}
}

// sync does what kubelet does with a changed manifest: the old API server ends, and a new one is started, if it can.
func (n *node) sync() {
	text, err := os.ReadFile(n.manifest())
	if err != nil {
		n.t.Errorf("the manifest is gone: %v", err)
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if string(text) == n.text && n.server.ID != "" {
		return
	}
	m, err := Parse(n.manifest(), text)
	if err != nil {
		n.t.Errorf("kubelet reads a manifest that is broken: %v", err)
		return
	}
	if string(text) != n.text { // else kubelet tries again
		n.generation++
	}
	n.text, n.up, n.server = string(text), false, Process{}
	if n.starts != nil && !n.starts(m.tokens, string(text)) {
		n.say("E1123 03:00:00.000000       1 run.go:72] \"command failed\" err=\"unknown flag\"")
		n.fail.Do(func() { close(n.failed) })
		return
	}
	n.up, n.starting = true, n.generation > 1
	n.server = Process{fmt.Sprint(100 + n.generation), "5", m.tokens}
	n.log(m)
}

// log makes the audit log, as kube-apiserver does when it starts, if its directory is mounted.
func (n *node) log(m *Manifest) {
	f, there := lastOf(m.flags(), "audit-log-path")
	if !there {
		return
	}
	if err := os.WriteFile(m.locate(f.value).host, []byte(`{"kind":"Event"}`+"\n"), 0o600); err != nil {
		n.t.Error(err)
	}
}

// say writes the container's log, whole at once: kubelet tries again and again, and somebody may be reading.
func (n *node) say(text string) {
	dir := filepath.Join(n.dir, "var/log/pods/kube-system_kube-apiserver-cp-1_"+fmt.Sprint(n.generation), "kube-apiserver")
	line := "2026-11-23T03:00:00.000000000Z stderr F " + text + "\n2026-11-23T03:00:00.000000000Z stdout F {\"kind\":\"Event\",\"secret\":1}\n"
	written := filepath.Join(n.dir, "words")
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(written, []byte(line), 0o600), os.Rename(written, filepath.Join(dir, "0.log"))); err != nil {
		n.t.Error(err)
	}
}

// writer is a Writer that is in a hurry.
func (n *node) writer(said io.Writer) *Writer {
	return &Writer{
		FS: disk.OS{}, Node: n, Now: time.Now, Timeout: 5 * time.Minute, Poll: 2 * time.Millisecond,
		BackupDir: filepath.Join(n.dir, "etc/kubernetes/auditship-backup"),
		Say:       func(text string) { fmt.Fprintln(said, text) },
	}
}

// impatient lets the first wait end when it has failed. How long that takes does not matter.
func (n *node) impatient(w *Writer) *Writer {
	waits := 0
	w.waits = func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(ctx)
		if waits++; waits == 1 {
			go func() {
				<-n.failed
				cancel(errTimeout)
			}()
		}
		return ctx, func() { cancel(nil) }
	}
	return w
}

// plan makes one for the node as it is.
func (n *node) plan(s Settings) *Plan {
	n.t.Helper()
	m, err := Load(n.manifest())
	if err != nil {
		n.t.Fatal(err)
	}
	plan, err := Make(m, s, os.ReadFile)
	if err != nil {
		n.t.Fatal(err)
	}
	return plan
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

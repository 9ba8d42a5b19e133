package containerlog

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/inputs/spool"
)

// pod is the log directory of a container, and its runtime and kubelet.
type pod struct {
	t    *testing.T
	dir  string
	file *os.File
	n    int // rotations

	lines int // no two have the same time
}

func (p *pod) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// start makes a pod with an open log.
func start(t *testing.T, pods, uid string) *pod {
	p := &pod{t: t, dir: filepath.Join(pods, "kube-system_kube-apiserver-cp-1_"+uid, "kube-apiserver")}
	p.must(os.MkdirAll(p.dir, 0o755))
	p.open("0.log")
	return p
}

func (p *pod) open(name string) {
	var err error
	p.file, err = os.OpenFile(filepath.Join(p.dir, name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	p.must(err)
}

// print writes a line as containerd does: cut at 16 KiB, here at less.
func (p *pod) print(stream, line string) {
	for ; len(line) > 1000; line = line[1000:] {
		p.write(stream, "P", line[:1000])
	}
	p.write(stream, "F", line)
}

func (p *pod) write(stream, tag, content string) {
	p.lines++
	_, err := fmt.Fprintf(p.file, "2026-11-22T12:05:27.%09dZ %s %s %s\n", p.lines, stream, tag, content)
	p.must(err)
}

// rotate is what kubelet does: rename, tell the runtime to open a new one, compress the backup before.
func (p *pod) rotate() {
	backup := func(n int) string {
		return filepath.Join(p.dir, "0.log."+time.Date(2026, 11, 22, 12, 0, n, 0, time.UTC).Format("20060102-150405"))
	}
	p.n++
	p.must(os.Rename(filepath.Join(p.dir, "0.log"), backup(p.n)))
	p.must(p.file.Close())
	p.open("0.log")
	if p.n > 1 {
		p.compress(backup(p.n - 1))
	}
}

func (p *pod) compress(path string) {
	content, err := os.ReadFile(path)
	p.must(err)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err = w.Write(content)
	p.must(errors.Join(err, w.Close()))
	p.must(os.WriteFile(path+".tmp", zipped.Bytes(), 0o640))
	p.must(os.Rename(path+".tmp", path+".gz"))
	p.must(os.Remove(path))
}

// remove is what happens when a static pod is replaced.
func (p *pod) remove() { p.must(errors.Join(p.file.Close(), os.RemoveAll(filepath.Dir(p.dir)))) }

// agent is a run of the input over a state directory, and what a pipeline reads.
type agent struct {
	t    *testing.T
	in   *Input
	r    inputs.Reader
	stop func()
	gaps []*inputs.GapError
}

func run(t *testing.T, cfg Config, state string, cursor []byte) *agent {
	t.Helper()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	kept := spool.New(spool.Config{Dir: state, MaxBytes: 1 << 30}, disk.OS{}, quiet, func(string) {})
	a := &agent{t: t, in: New(cfg, state, false, kept, disk.OS{}, quiet, func(string) {})}
	var err error
	if a.r, err = a.in.Open(inputs.Options{Pipeline: "in/out", Cursor: cursor}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- a.in.Run(ctx) }()
	a.stop = func() {
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		ran <- nil
	}
	t.Cleanup(a.stop)
	return a
}

// want waits for records, and fails if others come.
func (a *agent) want(records ...string) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), time.Minute)
	defer cancel()
	for i := 0; i < len(records); {
		rec, err := a.r.Next(ctx)
		var gap *inputs.GapError
		if errors.As(err, &gap) {
			a.gaps = append(a.gaps, gap)
			continue
		}
		if err != nil || string(rec.Data) != records[i] {
			a.t.Fatalf("record %d of %d: %.100q %v, want %.100q", i, len(records), rec.Data, err, records[i])
		}
		i++
	}
}

// rest is what there is beside.
func (a *agent) nothingElse() {
	a.t.Helper()
	a.stop()
	if rec, err := a.r.Next(inputs.Ended); !errors.Is(err, context.Canceled) {
		a.t.Errorf("also %.100q, %v", rec.Data, err)
	}
}

func event(n int) string {
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","n":%d,"pad":"%s"}`, n, strings.Repeat("x", n*97%3000))
}

const klog = "I1122 12:05:27.416099       1 options.go:263] external host was not specified, using 10.231.0.2"

// TestNode is the life of a static pod's log: both streams, parts, rotations with compression, a restart of the container,
// a new pod, the old one deleted, and an agent that is stopped and started in between. Each event comes once.
func TestNode(t *testing.T) {
	pods, state := t.TempDir(), filepath.Join(t.TempDir(), "spool")
	cfg := Config{Path: filepath.Join(pods, "kube-system_kube-apiserver-*/kube-apiserver/*.log"), Rest: filepath.Join(t.TempDir(), "rest.log")}
	first := start(t, pods, "a")
	n := 0
	var all []string
	some := func(p *pod, events int) (want []string) {
		for range events {
			n++
			p.print("stderr", klog)
			p.print("stdout", event(n))
			want = append(want, event(n))
		}
		all = append(all, want...)
		return want
	}
	before := some(first, 20)
	a := run(t, cfg, state, nil)
	a.want(before...)
	for range 4 {
		want := some(first, 10)
		first.rotate()
		a.want(append(want, some(first, 5)...)...)
	}
	first.must(first.file.Close())
	first.open("1.log") // the container was restarted
	a.want(some(first, 5)...)
	second := start(t, pods, "b")
	last := some(first, 3)
	a.want(last...)
	first.remove()
	a.want(some(second, 5)...)
	cursor, err := a.r.Cursor().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	a.stop()
	while := some(second, 5)
	second.rotate()
	while = append(while, some(second, 5)...)
	a = run(t, cfg, state, cursor)
	a.want(while...)
	a.nothingElse()
	if len(a.gaps) > 0 {
		t.Errorf("gaps %v", a.gaps)
	}
	rest, err := os.ReadFile(cfg.Rest)
	if err != nil || strings.Count(string(rest), klog+"\n") != n || strings.Contains(string(rest), `"Event"`) {
		t.Errorf("%d lines of klog of %d, %v", strings.Count(string(rest), klog), n, err)
	}
}

// TestDeletedMeanwhile: a log that is deleted with its pod while no agent runs may have held more. That is told.
func TestDeletedMeanwhile(t *testing.T) {
	pods, state := t.TempDir(), filepath.Join(t.TempDir(), "spool")
	cfg := Config{Path: filepath.Join(pods, "*/kube-apiserver/*.log")}
	p := start(t, pods, "a")
	p.print("stdout", event(1))
	a := run(t, cfg, state, nil)
	a.want(event(1))
	cursor, err := a.r.Cursor().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	a.stop()
	p.print("stdout", event(2))
	p.remove()
	p = start(t, pods, "b")
	p.print("stdout", event(3))
	for range 2 { // the second time it is known
		a = run(t, cfg, state, cursor)
		var gap *inputs.GapError
		events := 0
		for events < 1 || gap == nil {
			rec, err := a.r.Next(t.Context())
			if err == nil && string(rec.Data) == event(3) {
				events++
			} else if !errors.As(err, &gap) {
				t.Fatalf("got %.100q, %v", rec.Data, err)
			}
		}
		a.nothingElse()
	}
}

// TestRemovedUnderTheReader: kubelet deletes a log 0.2 s after its pod has ended. What was written last is there.
func TestRemovedUnderTheReader(t *testing.T) {
	pods := t.TempDir()
	p := start(t, pods, "a")
	a := run(t, Config{Path: filepath.Join(pods, "*/kube-apiserver/*.log")}, filepath.Join(t.TempDir(), "spool"), nil)
	p.print("stdout", event(1))
	a.want(event(1)) // it is followed
	var want []string
	for n := 2; n < 400; n++ {
		p.print("stdout", event(n))
		want = append(want, event(n))
	}
	p.print("stdout", event(400)[:60]) // killed in the midst of a line
	p.remove()
	a.want(append(want, event(400)[:60])...)
	a.nothingElse()
}

// TestOnce: all that is there, and then the end.
func TestOnce(t *testing.T) {
	path, state := filepath.Join(t.TempDir(), "mixed.log"), filepath.Join(t.TempDir(), "spool")
	var want []string
	var text strings.Builder
	for n := range 200 {
		fmt.Fprintf(&text, "%s\n%s%s\n%s\n", klog, event(n)[:60], klog, event(n)[60:])
		want = append(want, event(n))
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	kept := spool.New(spool.Config{Dir: state, MaxBytes: 1 << 30, Fed: true}, disk.OS{}, quiet, func(string) {})
	in := New(Config{Path: path, Format: Plain}, state, true, kept, disk.OS{}, quiet, func(string) {})
	r, err := in.Open(inputs.Options{Pipeline: "in/out", Once: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- in.Run(ctx) }()
	var got []string
	for {
		rec, err := r.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(rec.Data))
	}
	stop()
	if err := <-ran; err != nil || !slices.Equal(got, want) {
		t.Errorf("%d events of %d, %v", len(got), len(want), err)
	}
}

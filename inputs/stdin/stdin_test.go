package stdin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/inputs/spool"
)

func event(n int) string {
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","n":%d,"pad":"%s"}`, n, strings.Repeat("x", n*1013%200_000))
}

func newInput(t *testing.T, cfg Config) (*Input, *int) {
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	kept := spool.New(spool.Config{Dir: filepath.Join(t.TempDir(), "in"), MaxBytes: 1 << 30, Ends: cfg.Path == ""}, disk.OS{}, quiet, func(string) {})
	foreign := new(int)
	return New(cfg, kept, quiet, func(string) { *foreign++ }), foreign
}

func open(t *testing.T, in *Input) inputs.Reader {
	t.Helper()
	r, err := in.Open(inputs.Options{Pipeline: "in/out"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// TestEnds: all that is piped in arrives, and then the end.
func TestEnds(t *testing.T) {
	in, foreign := newInput(t, Config{})
	from, to := io.Pipe()
	in.open = func() (io.ReadCloser, error) { return from, nil }
	r := open(t, in)
	const n = 500
	go func() {
		for i := range n {
			fmt.Fprintf(to, "%s\nI1122 12:05:27.416099       1 options.go:263] klog\n", event(i))
		}
		to.Close()
	}()
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- in.Run(ctx) }()
	for i := 0; ; i++ {
		rec, err := r.Next(t.Context())
		if errors.Is(err, io.EOF) && i == n {
			break
		}
		if err != nil || string(rec.Data) != event(i) {
			t.Fatalf("record %d: %.100q, %v", i, rec.Data, err)
		}
	}
	stop()
	if err := <-ran; err != nil || *foreign != n {
		t.Errorf("%d foreign lines, %v", *foreign, err)
	}
}

// TestNamedPipe: writers come and go, and the input stays.
func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	in, _ := newInput(t, Config{Path: path})
	r := open(t, in)
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- in.Run(ctx) }()
	for i := range 3 {
		w, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintln(w, event(i)); err != nil {
			t.Fatal(err)
		}
		w.Close()
		if rec, err := r.Next(t.Context()); err != nil || string(rec.Data) != event(i) {
			t.Fatalf("record %d: %.100q, %v", i, rec.Data, err)
		}
	}
	stop()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}

func TestNoPipe(t *testing.T) {
	in, _ := newInput(t, Config{Path: filepath.Join(t.TempDir(), "nothing")})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := in.Run(ctx); err == nil {
		t.Error("no error")
	}
}

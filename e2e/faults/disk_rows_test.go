package faults

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/auditship/auditship/e2e/agent"
)

// diskRows need the right to mount a small file system; without it they are skipped.
func diskRows() []row {
	return []row{
		{name: "disk of the file output full", hits: []string{"archive"}, lasts: 10 * time.Second, settings: smallFloor,
			prepare: func(r *run) { r.mount(filepath.Dir(r.archive()), "128m") },
			cause:   func(r *run) { r.fill(filepath.Dir(r.archive())) },
			end:     func(r *run) { r.empty(filepath.Dir(r.archive())) }},
		{name: "disk of the state full", lasts: 10 * time.Second, settings: smallFloor,
			prepare: func(r *run) { r.mount(r.config.StateDir, "16m") },
			cause:   func(r *run) { r.fill(r.config.StateDir) },
			end:     func(r *run) { r.empty(r.config.StateDir) }},
	}
}

func smallFloor(_ *run, config *agent.Config) { config.Disk = map[string]string{"min_free": "1MiB"} }

func (r *run) mount(dir, size string) {
	must(r.T, os.MkdirAll(dir, 0o700))
	if err := syscall.Mount("none", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		r.Skipf("mount a small file system: %v", err)
	}
	r.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			r.Error(err)
		}
	})
}

// fill leaves not a byte.
func (r *run) fill(dir string) {
	ballast, err := os.Create(filepath.Join(dir, "ballast"))
	must(r.T, err)
	defer ballast.Close()
	if _, err := io.Copy(ballast, zeros{}); !errors.Is(err, syscall.ENOSPC) {
		r.Fatalf("fill %s: %v", dir, err)
	}
}

func (r *run) empty(dir string) { must(r.T, os.Remove(filepath.Join(dir, "ballast"))) }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

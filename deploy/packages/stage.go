package main

import (
	"compress/gzip"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

const commands = "github.com/auditship/auditship/agent/cli"

// stage makes what is not in the checkout: binaries, completions, the man page, the changelog as Debian wants it. The examples are
// copied without the Go files between them.
func (s source) stage(dir string, arches []string) error {
	for _, arch := range arches {
		if err := s.build(arch, filepath.Join(dir, arch, "auditship")); err != nil {
			return err
		}
	}
	own := filepath.Join(dir, runtime.GOARCH, "auditship") // that this machine can run
	if _, err := os.Stat(own); err != nil {
		if err := s.build(runtime.GOARCH, own); err != nil {
			return err
		}
	}
	if err := completions(own, dir); err != nil {
		return err
	}
	page, err := manual(own, s.version, s.time)
	if err != nil {
		return err
	}
	changes, err := os.ReadFile(filepath.Join(s.repo, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	if err := s.compress(filepath.Join(dir, "auditship.1.gz"), page); err != nil {
		return err
	}
	if err := s.compress(filepath.Join(dir, "changelog.gz"), changes); err != nil {
		return err
	}
	return s.examples(filepath.Join(dir, "examples"))
}

// build makes a static binary that knows no path of this machine.
func (s source) build(arch, to string) error {
	flags := "-s -w -X " + commands + ".version=" + s.label + " -X " + commands + ".commit=" + s.commit
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", to, ".")
	build.Dir = s.repo
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build for %s: %w\n%s", arch, err, output)
	}
	return nil
}

func completions(binary, dir string) error {
	for shell, file := range map[string]string{"bash": "auditship.bash", "zsh": "_auditship", "fish": "auditship.fish"} {
		script, err := exec.Command(binary, "completion", shell).Output()
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, file), script, 0o644)
		}
		if err != nil {
			return fmt.Errorf("write completions for %s: %w", shell, err)
		}
	}
	return nil
}

// compress writes a file with gzip, without name and time (Debian Policy, 12.3).
func (s source) compress(path string, content []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return f.Close()
}

func (s source) examples(to string) error {
	from := os.DirFS(filepath.Join(s.repo, "configs"))
	return fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) == ".go" {
			return err
		}
		content, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		path := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, content, 0o644)
	})
}

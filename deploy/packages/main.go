// Command packages builds the deb and the rpm of auditship for amd64 and arm64: binary, unit, configuration, shell completions,
// man page and documentation, as nfpm.yaml says. It is a module of its own, so that the agent does not depend on nfpm.
//
// The same commit makes the same bytes: times are those of the commit, and builds know no path.
//
//	go run . -out ../../dist
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb"
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

func main() {
	out := flag.String("out", "dist", "`DIR` that the packages are written to")
	arch := flag.String("arch", "amd64,arm64", "what to build for, as GOARCH has it")
	repo := flag.String("repo", filepath.Join("..", ".."), "`DIR` of the checkout")
	flag.Parse()
	if err := run(*repo, *out, strings.Split(*arch, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "packages:", err)
		os.Exit(1)
	}
}

func run(repo, out string, arches []string) error {
	stage, err := os.MkdirTemp("", "auditship-packages-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	from, err := describe(repo)
	if err != nil {
		return err
	}
	if err := from.stage(stage, arches); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, arch := range arches {
		for _, format := range []string{"deb", "rpm"} {
			if err := from.pack(stage, out, arch, format); err != nil {
				return fmt.Errorf("make the %s for %s: %w", format, arch, err)
			}
		}
	}
	return nil
}

// pack makes one package and prints its name and size.
func (s source) pack(stage, out, arch, format string) (err error) {
	what, err := os.ReadFile("nfpm.yaml")
	if err != nil {
		return err
	}
	variables := map[string]string{"STAGE": stage, "REPO": s.repo, "ARCH": arch, "VERSION": s.version, "CONFIG": s.config}
	all, err := nfpm.Parse(strings.NewReader(os.Expand(string(what), func(name string) string { return variables[name] })))
	if err != nil {
		return err
	}
	info, err := all.Get(format)
	if err != nil {
		return err
	}
	info = nfpm.WithDefaults(info)
	info.MTime = s.time
	for _, content := range info.Contents {
		if content.FileInfo != nil {
			content.FileInfo.MTime = s.time
		}
	}
	packager, err := nfpm.Get(format)
	if err != nil {
		return err
	}
	name := filepath.Join(out, packager.ConventionalFileName(info))
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	err = packager.Package(info, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(name))
	}
	written, err := os.Stat(name)
	if err == nil {
		fmt.Printf("%s %.1f MB\n", name, float64(written.Size())/1e6)
	}
	return err
}

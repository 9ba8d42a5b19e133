package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestInstall has dpkg install, upgrade, remove and purge the package on a copy of this machine: an overlay in a mount namespace
// of its own, so nothing of it is left. testdata/install.sh says what must hold.
func TestInstall(t *testing.T) {
	newer := upgrade(t, "deb")
	output := onCopy(t, []string{"testdata/install.sh"}, "OLD="+only(t, "*_"+runtime.GOARCH+".deb"), "NEW="+newer)
	for _, want := range []string{"installed", "upgraded", "removed", "purged beside another agent", "purged, all of it"} {
		if !strings.Contains(output, "ok: "+want) {
			t.Errorf("it did not come to %q", want)
		}
	}
}

// upgrade makes a package of a later version with another default configuration.
func upgrade(t *testing.T, format string) string {
	t.Helper()
	s, err := describe(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	content, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.version, s.config = "9.0.0", filepath.Join(dir, "auditship.yaml")
	if err := os.WriteFile(s.config, append(content, "log: {level: warn}\n"...), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := s.stage(filepath.Join(dir, "stage"), []string{runtime.GOARCH}); err != nil {
		t.Fatal(err)
	}
	if err := s.pack(filepath.Join(dir, "stage"), dir, runtime.GOARCH, format); err != nil {
		t.Fatal(err)
	}
	made, err := filepath.Glob(filepath.Join(dir, "*."+format))
	if err != nil || len(made) != 1 {
		t.Fatalf("%q, %v", made, err)
	}
	return made[0]
}

// onCopy runs a script on a copy of this machine, and returns what it printed; with -b before it, under a systemd of its own.
func onCopy(t *testing.T, script []string, environment ...string) string {
	t.Helper()
	for _, program := range []string{"dpkg", "unshare", "setpriv", "chroot"} {
		need(t, program)
	}
	command := exec.Command("testdata/copy.sh", script...)
	command.Env = append(os.Environ(), environment...)
	output, err := command.CombinedOutput()
	t.Logf("%s", output)
	if command.ProcessState.ExitCode() == 77 {
		t.Skip(string(output))
	}
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return string(output)
}

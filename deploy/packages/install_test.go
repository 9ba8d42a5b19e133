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
	newer := upgrade(t)
	output := onCopy(t, "testdata/install.sh", "OLD="+only(t, "*_"+runtime.GOARCH+".deb"), "NEW="+newer)
	for _, want := range []string{"installed", "upgraded", "removed", "purged beside another agent", "purged, all of it"} {
		if !strings.Contains(output, "ok: "+want) {
			t.Errorf("it did not come to %q", want)
		}
	}
}

// upgrade makes a package of a later version with another default configuration.
func upgrade(t *testing.T) string {
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
	if err := s.pack(filepath.Join(dir, "stage"), dir, runtime.GOARCH, "deb"); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "auditship_9.0.0-1_"+runtime.GOARCH+".deb")
}

// onCopy runs a script on a copy of this machine, and returns what it printed.
func onCopy(t *testing.T, script string, environment ...string) string {
	t.Helper()
	for _, program := range []string{"dpkg", "unshare", "setpriv", "chroot"} {
		need(t, program)
	}
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	frame, err := os.ReadFile("testdata/on-copy.sh")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"}
	if os.Getuid() != 0 {
		args = append(args, "--map-root-user")
	}
	if exec.Command("unshare", append(args, "sh", "-c", "mount -t tmpfs none /mnt && mkdir /mnt/u /mnt/w /mnt/m && mount -t overlay -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w none /mnt/m")...).Run() != nil {
		t.Skip("NOT TESTED: this machine lets nobody mount an overlay in a namespace")
	}
	command := exec.Command("unshare", append(args, "sh", "-euc", string(frame))...)
	command.Env = append(os.Environ(), append(environment, "SCRIPT="+string(text))...)
	output, err := command.CombinedOutput()
	t.Logf("%s", output)
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return string(output)
}

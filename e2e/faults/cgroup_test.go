package faults

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestGroupKillsWhatTakesMore(t *testing.T) {
	group, err := NewGroup(8 << 20)
	if err != nil {
		t.Skip(err)
	}
	defer func() { must(t, group.Close()) }()
	for _, test := range []struct {
		megabytes string
		kills     int
	}{{"1M", 0}, {"64M", 1}} {
		command := append(group.Command(), "dd", "if=/dev/zero", "of=/dev/null", "count=1", "bs="+test.megabytes)
		err := exec.Command(command[0], command[1:]...).Run()
		kills, errKills := group.Kills()
		must(t, errKills)
		if kills != test.kills || (err != nil) != (test.kills > 0) {
			t.Errorf("%s: %d killed, error %v", test.megabytes, kills, err)
		}
	}
}

func TestGroupParent(t *testing.T) {
	root := t.TempDir()
	slice := filepath.Join(root, "user.slice")
	must(t, os.Mkdir(slice, 0o755))
	must(t, os.WriteFile(filepath.Join(slice, "cgroup.subtree_control"), []byte("cpu memory pids\n"), 0o644))
	for own, want := range map[string]string{
		"0::/user.slice/test.scope\n":          slice,
		"4:memory:/a/b\n0::/\n":                filepath.Join(root, "memory/a/b"),
		"9:name=systemd:/\n4:memory:/\n0::/\n": filepath.Join(root, "memory"),
		"0::/\n":                               "",
	} {
		if got, _, _ := groupParent(root, own); got != want {
			t.Errorf("%q: beside or in %q, want %q", own, got, want)
		}
	}
}

package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

const unitFile = "../systemd/auditship.service"

func readUnit(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestExposure: systemd's own judgement of the unit, from 0 (nothing can be reached) to 10.
func TestExposure(t *testing.T) {
	need(t, "systemd-analyze")
	output, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", unitFile).CombinedOutput()
	m := regexp.MustCompile(`Overall exposure level for auditship.service: ([\d.]+)`).FindSubmatch(output)
	if err != nil || m == nil {
		t.Fatalf("%v\n%s", err, output)
	}
	t.Logf("exposure level %s", m[1])
	if level, err := strconv.ParseFloat(string(m[1]), 64); err != nil || level >= 2 {
		t.Errorf("%v\n%s", err, output)
	}
}

// TestUnitIsRight: systemd knows every key, and the directories are those of the configuration's defaults.
func TestUnitIsRight(t *testing.T) {
	need(t, "systemd-analyze")
	unit := readUnit(t)
	for _, key := range []string{"StateDirectory", "LogsDirectory", "RuntimeDirectory"} {
		if got := keysOf(unit, key); len(got) != 1 || got[0] != "auditship" {
			t.Errorf("%s is %q", key, got)
		}
	}
	dir := t.TempDir()
	there := strings.NewReplacer("/usr/bin/auditship", "/bin/true", "man:auditship(1) ", "").Replace(unit)
	if err := os.WriteFile(filepath.Join(dir, "auditship.service"), []byte(there), 0o644); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("systemd-analyze", "verify", "--man=no", filepath.Join(dir, "auditship.service")).CombinedOutput(); err != nil || len(output) > 0 {
		t.Errorf("%v\n%s", err, output)
	}
}

// TestRunsAsTheUnit installs the package on a copy of this machine, and runs the agent with the rights that the unit leaves it:
// root without any capability, the system calls of its filter, and a file system that can be written in four places alone. It
// has to ship a log that only root can read, guard its backups, and tell when it is ready.
func TestRunsAsTheUnit(t *testing.T) {
	unit := readUnit(t)
	numbers := allowed(t, unit)
	if caps := keysOf(unit, "CapabilityBoundingSet"); len(caps) != 1 || caps[0] != "" {
		t.Fatalf("the script takes all capabilities away, the unit leaves %q", caps)
	}
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: the unit runs as root, and this user is not")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "@auditship-unit-test-" + strconv.Itoa(os.Getpid()), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	output := onCopy(t, []string{"testdata/unit.sh"}, "NEW="+only(t, "*_"+runtime.GOARCH+".deb"), "HELPER="+self, "CALLS="+numbers,
		"WRITABLE="+strings.Join(keysOf(unit, "ReadWritePaths"), " "), "NOTIFY_SOCKET="+manager.LocalAddr().String())
	if !strings.Contains(output, "ok: shipped") {
		t.Error("nothing was shipped")
	}
	for _, want := range []string{"READY=1", "STOPPING=1"} {
		var text [64]byte
		if err := manager.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if n, err := manager.Read(text[:]); err != nil || string(text[:n]) != want {
			t.Errorf("the manager heard %q, %v; want %q", text[:n], err, want)
		}
	}
}

package node_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func (l *lab) write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(l.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Error(err)
	}
	return path
}

// inside runs a command on the node and fails the test if it fails.
func (l *lab) inside(t *testing.T, command ...string) string {
	t.Helper()
	out, err := l.Exec(t.Context(), command...)
	must(t, err)
	return strings.TrimSpace(out)
}

// claims are what the kernel says of the agent's process: what its securityContext came to.
type claims struct{ uid, capabilities, noNewPrivileges, seccomp string }

// as is how the process of each variant runs. The bits are those of linux/capability.h: 4 is CAP_DAC_READ_SEARCH.
var (
	asRoot    = claims{uid: "0", capabilities: "0000000000000000", noNewPrivileges: "1", seccomp: "2"}
	asNonroot = claims{uid: "65532", capabilities: "0000000000000004", noNewPrivileges: "1", seccomp: "2"}
)

// checkProcess holds the running agent against the claims, and looks at what is mounted into it, and whether that can be written to.
func (l *lab) checkProcess(t *testing.T, want claims, logWritable, token bool) {
	t.Helper()
	proc := "/proc/" + l.inside(t, "pgrep", "-x", "auditship")
	status := l.inside(t, "cat", proc+"/status")
	got := claims{field(status, "Uid"), field(status, "CapEff"), field(status, "NoNewPrivs"), field(status, "Seccomp")}
	if got != want || field(status, "CapBnd") != want.capabilities {
		t.Errorf("the process has %+v (bounding set %s), want %+v", got, field(status, "CapBnd"), want)
	}
	mounts := l.inside(t, "cat", proc+"/mountinfo")
	for path, writable := range map[string]bool{"/": false, "/etc/auditship": false, "/var/log/kubernetes/audit": logWritable, "/var/lib/auditship": true} {
		option := regexp.MustCompile(fmt.Sprintf(`(?m)^\S+ \S+ \S+ \S+ %s (r[ow])`, regexp.QuoteMeta(path))).FindStringSubmatch(mounts)
		if option == nil || (option[1] == "rw") != writable {
			t.Errorf("%s is mounted as %q; writable should be %v", path, option, writable)
		}
	}
	if mounted := strings.Contains(mounts, "serviceaccount"); mounted != token {
		t.Errorf("that a service account's token is mounted is %v, want %v", mounted, token)
	}
	t.Logf("the agent's memory: now %s, at most %s", field(status, "VmRSS"), field(status, "VmHWM"))
}

// field is the first value of a line of /proc/PID/status, with its unit for sizes.
func field(status, name string) string {
	for line := range strings.Lines(status) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			words := strings.Fields(value)
			if len(words) == 2 && words[1] == "kB" {
				return words[0] + " kB"
			}
			return words[0]
		}
	}
	return ""
}

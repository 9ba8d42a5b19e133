package cli

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// fluentConf is a fluentd on the site, whose two outputs are files.
const fluentConf = `<source>
  @type tail
  path %s/audit.log
  pos_file %s/audit.pos
  tag audit
  read_from_head true
  <parse>
    @type json
  </parse>
</source>
<match audit>
  @type copy
  <store>
    @type file
    path %s/first
  </store>
  <store>
    @type stdout
  </store>
</match>
`

// fluentd leaves the positions that it would leave behind n lines of a file.
func (s *site) fluentd(file string, n int) {
	s.t.Helper()
	text, err := os.ReadFile(file)
	s.must(err)
	offset := 0
	for range n {
		offset += strings.IndexByte(string(text[offset:]), '\n') + 1
	}
	info, err := os.Stat(file)
	s.must(err)
	dir, err := os.Getwd()
	s.must(err)
	s.put("audit.pos", fmt.Sprintf("%s/audit.log\t%016x\t%016x\n/var/log/other.log\tffffffffffffffff\t0000000000000001\n", dir, offset, info.Sys().(*syscall.Stat_t).Ino))
}

// TestMigrateFluentd is the whole switch: convert, take over, ship. The log is rotated meanwhile.
func TestMigrateFluentd(t *testing.T) {
	s := newSite(t)
	dir, err := os.Getwd()
	s.must(err)
	s.put("fluent.conf", strings.ReplaceAll(fluentConf, "%s", dir))
	s.log(5)
	s.fluentd("audit.log", 3)
	s.must(os.Rename("audit.log", "audit-2026-01-01T00-00-00.000.log"))
	s.log(4)
	code, stdout, stderr := run("migrate", "fluentd", "fluent.conf", "-o", "new.yaml", "--report", "report.txt")
	if code != 0 || stdout != "" || stderr != "1 warnings; the report is in report.txt\n" {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
	report, err := os.ReadFile("report.txt")
	s.must(err)
	if !strings.Contains(string(report), "fluent.conf:3: converted: <source> tail: path: is inputs.file.path\n") {
		t.Errorf("the report is %s", report)
	}
	info, err := os.Stat("new.yaml")
	s.must(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("new.yaml is %v; it may hold passwords", info.Mode())
	}
	s.fails("file exists", "migrate", "fluentd", "fluent.conf", "-o", "new.yaml")
	s.shipsTheRest(dir)
}

// shipsTheRest has the new configuration ship what fluentd has not, in its shape.
func (s *site) shipsTheRest(dir string) {
	s.t.Helper()
	text, err := os.ReadFile("new.yaml")
	s.must(err)
	s.put("a.yaml", strings.ReplaceAll(siteConfig[:strings.Index(siteConfig, "inputs:")], "%s", dir)+string(text[strings.Index(string(text), "inputs:"):]))
	s.ok("validate", "-c", "a.yaml")
	s.ok("migrate", "positions", "-c", "a.yaml", "audit.pos")
	s.ok("run", "-c", "a.yaml", "--once")
	shipped, err := os.ReadFile("first.jsonl")
	s.must(err)
	old, err := os.ReadFile("audit-2026-01-01T00-00-00.000.log")
	s.must(err)
	live, err := os.ReadFile("audit.log")
	s.must(err)
	lines := strings.SplitAfter(string(old)+string(live), "\n")
	if want := strings.Join(lines[3:], ""); string(shipped) != want {
		s.t.Errorf("shipped\n%s\nwant\n%s", shipped, want)
	}
}

// TestMigratePositions: the pipelines begin where fluentd came to: nothing is lost, nothing is repeated.
func TestMigratePositions(t *testing.T) {
	s := newSite(t)
	s.log(5)
	s.fluentd("audit.log", 3)
	s.must(os.Rename("audit.log", "audit-2026-01-01T00-00-00.000.log"))
	s.log(4)
	const told = "in/archive: begins in audit-2026-01-01T00-00-00.000.log at 726; 0 older files are done, and 1452 bytes are to be read\n"
	code, stdout, stderr := run("migrate", "positions", "-c", "a.yaml", "audit.pos", "--dry-run")
	if code != 0 || !strings.HasPrefix(stdout, told) || stderr != "audit.pos: line 2: /var/log/other.log was not followed any more\n" {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
	if _, err := os.Stat("state"); !os.IsNotExist(err) {
		t.Errorf("a dry run has made a state directory: %v", err)
	}
	s.ok("migrate", "positions", "-c", "a.yaml", "audit.pos")
	s.ok("run", "-c", "a.yaml", "--once")
	if got := s.lines("out.jsonl"); got != 6 {
		t.Errorf("%d lines were shipped, want 2 and 4", got)
	}

	// Now it has checkpoints of its own, and keeps them.
	code, _, stderr = run("migrate", "positions", "-c", "a.yaml", "audit.pos")
	if code != 0 || !strings.Contains(stderr, "in/second: warning: it has a checkpoint and keeps it") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	s.ok("run", "-c", "a.yaml", "--once")
	if got := s.lines("out.jsonl"); got != 6 {
		t.Errorf("%d lines are shipped after that", got)
	}
	if got := s.ok("migrate", "positions", "-c", "a.yaml", "audit.pos", "--anew"); !strings.HasPrefix(got, told) {
		t.Errorf("got %q", got)
	}
}

// TestMigratePositionsOfOthers: of another path, and of none of the log.
func TestMigratePositionsOfOthers(t *testing.T) {
	s := newSite(t)
	s.log(3)
	s.put("positions.yaml", "positions:\n  /host/var/log/audit.log: \"242\"\n  cursor-journal: abc\n")
	s.fails("give --path", "migrate", "positions", "-c", "a.yaml", "positions.yaml")
	got := s.ok("migrate", "positions", "-c", "a.yaml", "positions.yaml", "--path", "/host/var/log/audit.log")
	if !strings.Contains(got, "in/second: begins in audit.log at 242; 0 older files are done, and 484 bytes are to be read\n") {
		t.Errorf("got %q", got)
	}
	s.put("rubbish", "a b c\n")
	s.fails("it is neither", "migrate", "positions", "-c", "a.yaml", "rubbish")
}

func TestMigrateRefuses(t *testing.T) {
	s := newSite(t)
	s.put("bad.conf", "<source>\n")
	s.put("none.conf", "<source>\n@type forward\n</source>\n")
	for _, c := range []struct {
		want string
		code int
		args []string
	}{
		{"bad.conf:1: <source> has no </source>", 2, []string{"fluentd", "bad.conf"}},
		{"name one with --source", 1, []string{"fluentd", "none.conf"}},
		{"needs -o FILE", 2, []string{"fluentd", "none.conf", "--take-positions"}},
		{"no such file", 2, []string{"promtail", "none.yaml"}},
		{"neither = nor {", 2, []string{"alloy", "bad.alloy"}},
	} {
		s.put("bad.alloy", "a b\n")
		code, stdout, stderr := run(append([]string{"migrate"}, c.args...)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit code %d, %q, %q", c.args, code, stdout, stderr)
		}
	}
}

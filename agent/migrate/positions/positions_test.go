package positions

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/inputs/file"
)

var at = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestParse(t *testing.T) {
	const log, other = "/var/log/kubernetes/audit/audit.log", "/var/log/syslog"
	for name, c := range map[string]struct {
		text  string
		want  []file.Foreign
		notes int
	}{
		"fluentd": {log + "\t000000000000a3f1\t0000000000a1b2c3\n" + other + "\t0000000000000000\t00000000000000ff\n",
			[]file.Foreign{{Path: log, Offset: 0xa3f1, Inode: 0xa1b2c3, Written: at}, {Path: other, Inode: 0xff, Written: at}}, 0},
		"fluentd, unwatched and never read": {log + "\tffffffffffffffff\t0000000000a1b2c3\n" + log + "\t0000000000000010\t0000000000a1b2c4\n" + other + "\t0000000000000000\t0000000000000000\n",
			[]file.Foreign{{Path: log, Offset: 16, Inode: 0xa1b2c4, Written: at}}, 2},
		"fluentd, twice and damaged": {log + "\t0000000000000010\t01\n" + log + "\t0000000000000020\t01\nrubbish\n\n" + log + "\t7fffffffffffffff\t02\n",
			[]file.Foreign{{Path: log, Offset: 32, Inode: 1, Written: at}}, 2},
		"fluentd 0.12": {log + "\t000000000000a3f1\t00a1b2c3\n", []file.Foreign{{Path: log, Offset: 0xa3f1, Inode: 0xa1b2c3, Written: at}}, 0},
		"promtail": {"positions:\n  " + log + ": \"41969\"\n  cursor-journal: s=1;i=2\n  " + other + ": \"12\"\n",
			[]file.Foreign{{Path: log, Offset: 41969, Written: at}, {Path: other, Offset: 12, Written: at}}, 1},
		"Alloy": {"positions:\n  ? path: " + log + "\n    labels: '{job=\"audit\"}'\n  : \"41969\"\n  ? path: " + log + "\n    labels: '{job=\"other\"}'\n  : \"41000\"\n",
			[]file.Foreign{{Path: log, Offset: 41000, Written: at}}, 1},
		"nothing in it":   {"positions: {}\n", nil, 0},
		"strange offsets": {"positions:\n  a: \"-1\"\n  b: x\n  [c]: 1\n  d: {}\n", nil, 4},
	} {
		p, err := Parse([]byte(c.text), at)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(p.All, c.want) || len(p.Notes) != c.notes {
			t.Errorf("%s: got %+v and %q", name, p.All, p.Notes)
		}
	}
	for _, bad := range []string{"", " \n", "a b c", "positions: []", "positions", "- a", "{", "\x00\xff", "a\tx\ty"} {
		if p, err := Parse([]byte(bad), at); err == nil {
			t.Errorf("%q: got %+v", bad, p)
		}
	}
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.pos")
	if err := os.WriteFile(path, []byte("/a/audit.log\t0000000000000010\t0000000000000001\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	p, err := Read(path)
	if err != nil || p.Agent != "fluentd" || len(p.All) != 1 || !p.All[0].Written.Equal(at) {
		t.Errorf("got %+v, %v", p, err)
	}
	for _, bad := range []string{path + "x", filepath.Dir(path), "/dev/zero"} {
		if _, err := Read(bad); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestAt(t *testing.T) {
	p := Positions{All: []file.Foreign{{Path: "/var/log/audit.log"}, {Path: "/var/log/audit-2026-11-22T10-00-00.000.log"}, {Path: "/var/log/x/audit.log"}, {Path: "/var/log/syslog"}}}
	p.At("/var/log/audit.log", "/host/log/audit.log")
	if got, want := strings.Join(p.Paths(), " "), "/host/log/audit.log /host/log/audit-2026-11-22T10-00-00.000.log /var/log/x/audit.log /var/log/syslog"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzParse: whatever the bytes are, no panic, and no position that no file has.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"/a\t10\t1\n", "positions:\n  /a: \"1\"\n", "positions:\n ? {path: /a, labels: x}\n : 1", "&a [*a]", "positions: {a: &b 1, *b : 2}"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse(text, at)
		if err != nil {
			return
		}
		for _, one := range p.All {
			if one.Offset < 0 || one.Path == "" {
				t.Fatalf("%+v", one)
			}
		}
	})
}

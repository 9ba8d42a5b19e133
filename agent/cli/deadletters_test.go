package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/ledger"
)

func TestDeadLettersAreListedAndShown(t *testing.T) {
	s := newSite(t)
	s.log(1)
	s.ok("run", "-c", "a.yaml", "--once")
	a := s.setAside("in--archive", "torn", s.event("get"))
	b := s.setAside("in--second", "torn")
	f, err := os.OpenFile("state/pipelines/in--second/dead-letters.jsonl", os.O_APPEND|os.O_WRONLY, 0)
	s.must(err)
	forged := `{"time":"2020-01-01T00:00:00Z","reason":"\u001b[2J\u202e","id":"e3b0c44298fc1c149afbf4c8996fb924","record":""}`
	_, err = f.WriteString("damaged\n" + forged + "\n")
	s.must(err)
	s.must(f.Close())
	want := "in/archive  1970-01-01T00:00:00Z  " + a[0] + "         4 bytes  mapping\n" +
		"in/archive  1970-01-01T00:00:01Z  " + a[1] + "       241 bytes  mapping\n"
	second := "in/second  1970-01-01T00:00:00Z  " + b[0] + "         4 bytes  mapping\n" +
		`in/second  2020-01-01T00:00:00Z  e3b0c44298fc1c149afbf4c8996fb924         0 bytes  \x1b[2J\u202e` + "\n"
	s.says(want+second, "dead-letters", "list", "-c", "a.yaml")
	s.says(second, "dead-letters", "list", "-c", "a.yaml", "--pipeline", "in/second")
	s.says("", "dead-letters", "list", "-c", "a.yaml", "--pipeline", "in/none")
	s.says("torn\n", "dead-letters", "show", "-c", "a.yaml", a[0])
	s.fails("no dead letter has the ID "+a[1], "dead-letters", "show", "-c", "a.yaml", a[1], "--pipeline", "in/second")

	asJSON := strings.Split(s.ok("dead-letters", "list", "-c", "a.yaml", "--json"), "\n")
	var l map[string]any
	s.must(json.Unmarshal([]byte(asJSON[0]), &l))
	if len(asJSON) != 5 || len(l) != 6 || l["pipeline"] != "in/archive" || l["id"] != a[0] || l["bytes"] != 4.0 || l["reason"] != "mapping" || l["replaying"] != false {
		t.Errorf("got %d lines, the first %v", len(asJSON), l)
	}
}

// What is sent again is judged by the rules of today, is in the output once, and moves in the books.
func TestDeadLettersReplay(t *testing.T) {
	s := newSite(t)
	s.log(3)
	s.ok("run", "-c", "a.yaml", "--once")
	s.says("there are no dead letters\n", "dead-letters", "replay", "-c", "a.yaml")
	first := s.setAside("in--archive", s.event("get"), s.event("watch"), "torn", s.event("list"))
	s.says("in/archive: 1 sent again: 1 delivered, 0 filtered, 0 refused again\n", "dead-letters", "replay", "-c", "a.yaml", first[3])
	s.setAside("in--second", s.event("watch"))
	s.says("in/archive: 2 sent again: 1 delivered, 1 filtered, 0 refused again; 1 are no audit events and stay\n"+
		"in/second: 1 sent again: 1 delivered, 0 filtered, 0 refused again\n", "dead-letters", "replay", "-c", "a.yaml")
	s.says("in/archive: nothing to send; 1 are no audit events and stay\n",
		"dead-letters", "replay", "-c", "a.yaml", "--pipeline", "in/archive")
	if got := s.ok("dead-letters", "list", "-c", "a.yaml"); strings.Count(got, "\n") != 1 || !strings.Contains(got, first[2]) {
		t.Errorf("left:\n%s", got)
	}
	if got, want := s.counts("archive"), (ledger.Counts{Read: 7, Delivered: 5, Filtered: 1, DeadLettered: 1}); got != want {
		t.Errorf("books %+v, want %+v", got, want)
	}
	s.log(2)
	s.ok("run", "-c", "a.yaml", "--once")
	if got := s.lines("out.jsonl"); got != 7 {
		t.Errorf("%d lines in the output, want 7", got)
	}
	if got, want := s.counts("second"), (ledger.Counts{Read: 6, Delivered: 6}); got != want || s.lines("second.jsonl") != 6 {
		t.Errorf("books %+v, want %+v; %d lines", got, want, s.lines("second.jsonl"))
	}
	info, err := os.Stat("state/pipelines/in--archive/dead-letters.jsonl")
	if s.must(err); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
}

func TestDeadLettersDrop(t *testing.T) {
	s := newSite(t)
	s.log(1)
	s.ok("run", "-c", "a.yaml", "--once")
	s.says("there are no dead letters\n", "dead-letters", "drop", "-c", "a.yaml", "--all")
	ids := s.setAside("in--archive", "a", "b", "c", "d")
	s.setAside("in--second", "a")
	s.fails("no dead letter has the ID 0123", "dead-letters", "drop", "-c", "a.yaml", ids[0], "0123456789abcdef0123456789abcdef")
	s.says("in/archive: 1 dropped\n", "dead-letters", "drop", "-c", "a.yaml", ids[1])
	s.says("in/archive: 1 dropped\n", "dead-letters", "drop", "-c", "a.yaml", "--pipeline", "in/archive", ids[0])
	s.fails("no dead letter has the ID "+ids[0], "dead-letters", "drop", "-c", "a.yaml", "--pipeline", "in/archive", ids[0])
	s.fails(`no pipeline "in/none" has state`, "dead-letters", "drop", "-c", "a.yaml", "--pipeline", "in/none", "--all")
	s.says("in/archive: 2 dropped\nin/second: 1 dropped\n", "dead-letters", "drop", "-c", "a.yaml", "--all")
	s.says("", "dead-letters", "list", "-c", "a.yaml")
	if got, want := s.counts("archive"), (ledger.Counts{Read: 5, Delivered: 1, DeadLettered: 4}); got != want {
		t.Errorf("books %+v, want %+v", got, want)
	}
}

func TestDeadLettersUsage(t *testing.T) {
	s := newSite(t)
	for args, want := range map[string]string{
		"drop -c a.yaml":                   "name the IDs of the letters to remove, or give --all",
		"drop -c a.yaml --all 00":          "name the IDs of the letters to remove, or give --all",
		"drop -c a.yaml 00":                `"00" is no ID: want 32 hexadecimal digits`,
		"replay -c a.yaml none":            `"none" is no ID: want 32 hexadecimal digits`,
		"replay -c a.yaml \x1b --pipeline": "flag needs an argument",
	} {
		code, _, stderr := run(append([]string{"dead-letters"}, strings.Split(args, " ")...)...)
		if code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d and %q, want %q", args, code, stderr, want)
		}
	}
	s.fails(`no pipeline is named "in/none"; there are in/archive, in/second`, "dead-letters", "replay", "-c", "a.yaml", "--pipeline", "in/none")
	s.fails("no dead letter has the ID 0123", "dead-letters", "replay", "-c", "a.yaml", "0123456789abcdef0123456789abcdef")
}

// What changes state is for a stopped agent only, and says so at once.
func TestStateIsLocked(t *testing.T) {
	s := newSite(t)
	s.must(os.Mkdir("state", 0o700))
	lock, err := disk.OS{}.OpenFile("state/lock", os.O_RDWR|os.O_CREATE, 0o600)
	s.must(err)
	s.must(lock.Lock())
	defer lock.Close()
	s.put("cursor", `{"version":1,"files":[]}`)
	for _, args := range [][]string{
		{"dead-letters", "replay", "-c", "a.yaml"}, {"dead-letters", "drop", "-c", "a.yaml", "--all"},
		{"checkpoint", "skip", "-c", "a.yaml", "in/archive"}, {"checkpoint", "set", "-c", "a.yaml", "in/archive", "cursor"},
	} {
		s.fails("stop the agent first: it holds the lock of the state directory ", args...)
	}
}

package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/status"
)

func (s *site) checkpoint(pipeline string) *checkpoint.Checkpoint {
	s.t.Helper()
	var all map[string]*checkpoint.Checkpoint
	s.must(json.Unmarshal([]byte(s.ok("checkpoint", "show", "-c", "a.yaml")), &all))
	return all[pipeline]
}

func TestCheckpointSetPutsBackWhatShowPrints(t *testing.T) {
	s := newSite(t)
	s.log(2)
	s.ok("run", "-c", "a.yaml", "--once")
	shown := s.ok("checkpoint", "show", "-c", "a.yaml")
	cursor := s.checkpoint("in--archive").Cursor
	one, err := json.Marshal(s.checkpoint("in--archive"))
	s.must(err)
	s.log(3)
	s.ok("run", "-c", "a.yaml", "--once")
	s.edit("in--archive", func(c *checkpoint.Checkpoint) { c.Pending = 5 })
	before := s.checkpoint("in--archive")

	for name, text := range map[string]string{"all that is shown": shown, "one checkpoint": string(one), "a cursor": string(cursor)} {
		s.put("saved", text)
		s.says("in/archive: position set; 726 bytes behind it are to be read\n", "checkpoint", "set", "-c", "a.yaml", "in/archive", "saved")
		c := s.checkpoint("in--archive")
		if c.Clean || c.Pending != 0 || string(c.State) != string(before.State) || c.Counts != before.Counts {
			t.Errorf("%s: the checkpoint is %+v, was %+v", name, c, before)
		}
	}
	s.ok("run", "-c", "a.yaml", "--once")
	if got, want := s.counts("archive"), (ledger.Counts{Read: 8, Delivered: 8}); got != want || s.lines("out.jsonl") != 8 {
		t.Errorf("books %+v, want %+v; %d lines", got, want, s.lines("out.jsonl"))
	}
	if got := s.counts("second").Read; got != 5 {
		t.Errorf("the other pipeline has read %d, want 5", got)
	}
}

func TestCheckpointSetFromStandardInput(t *testing.T) {
	s := newSite(t)
	s.log(2)
	s.ok("run", "-c", "a.yaml", "--once")
	s.put("saved", s.ok("checkpoint", "show", "-c", "a.yaml"))
	stdin := os.Stdin
	defer func() { os.Stdin = stdin }()
	for _, args := range [][]string{{"in/archive"}, {"in--archive", "-"}} {
		var err error
		os.Stdin, err = os.Open("saved")
		s.must(err)
		s.says("in/archive: position set; 0 bytes behind it are to be read\n", append([]string{"checkpoint", "set", "-c", "a.yaml"}, args...)...)
		s.must(os.Stdin.Close())
	}
}

// What a reader can't be opened with is not put into the state; what a cursor speaks of and is gone, is told.
func TestCheckpointSetRefuses(t *testing.T) {
	s := newSite(t)
	s.log(2)
	s.ok("run", "-c", "a.yaml", "--once")
	before := s.ok("checkpoint", "show", "-c", "a.yaml")
	for text, want := range map[string]string{
		"":                    "read checkpoint: unexpected end of JSON input",
		"[]":                  "read checkpoint: json: cannot unmarshal array",
		`{"in--second": {}}`:  "version 0, want 1",
		`{"version": 99}`:     "version 99, want 1",
		`{"cursor": "words"}`: "parse checkpoint: json: cannot unmarshal string",
	} {
		s.put("saved", text)
		s.fails(want, "checkpoint", "set", "-c", "a.yaml", "in/archive", "saved")
	}
	s.fails("no such file", "checkpoint", "set", "-c", "a.yaml", "in/archive", "none")
	s.fails(`no pipeline is named "in/\x1b"; there are in/archive, in/second`, "checkpoint", "skip", "-c", "a.yaml", "in/\x1b")
	s.says(before, "checkpoint", "show", "-c", "a.yaml")
}

// Two damaged checkpoints stop the agent; a position makes it run again.
func TestCheckpointSetMendsDamage(t *testing.T) {
	s := newSite(t)
	s.log(2)
	s.ok("run", "-c", "a.yaml", "--once")
	s.put("saved", s.ok("checkpoint", "show", "-c", "a.yaml"))
	for _, slot := range checkpoint.Slots {
		s.put(status.PipelineDir("state", "in--archive")+"/"+slot, "x")
	}
	s.fails("both checkpoints are damaged", "run", "-c", "a.yaml", "--once")
	s.says("in/archive: position set; 0 bytes behind it are to be read\n", "checkpoint", "set", "-c", "a.yaml", "in/archive", "saved")
	s.log(1)
	s.ok("run", "-c", "a.yaml", "--once")
	if got := s.lines("out.jsonl"); got != 3 {
		t.Errorf("%d lines in the output, want 3", got)
	}
}

// What is skipped is never shipped, and the books and the status tell of it.
func TestCheckpointSkip(t *testing.T) {
	s := newSite(t)
	s.log(2)
	s.ok("run", "-c", "a.yaml", "--once")
	s.says("in/archive: at the end of the log; nothing had to be skipped\n", "checkpoint", "skip", "-c", "a.yaml", "in/archive")
	s.log(2)
	s.must(os.Rename("audit.log", "audit-2026-01-01T00-00-00.000.log"))
	s.log(1)
	f, err := os.OpenFile("audit.log", os.O_WRONLY|os.O_APPEND, 0)
	s.must(err)
	half := s.event("get")
	_, err = f.WriteString(half[:50])
	s.must(err)
	s.says("in/archive: at the end of the log; 726 bytes were skipped and are booked as a gap\n", "checkpoint", "skip", "-c", "a.yaml", "in/archive")
	_, err = f.WriteString(half[50:] + "\n")
	s.must(err)
	s.must(f.Close())
	s.ok("run", "-c", "a.yaml", "--once")
	if got, want := s.counts("archive"), (ledger.Counts{Read: 3, Delivered: 3, Gaps: 1, GapBytes: 726}); got != want || s.lines("out.jsonl") != 3 {
		t.Errorf("books %+v, want %+v; %d lines", got, want, s.lines("out.jsonl"))
	}
	if got := s.lines("second.jsonl"); got != 6 {
		t.Errorf("the other pipeline has shipped %d events, want 6", got)
	}
	gap := s.checkpoint("in--archive").Gaps
	if len(gap) != 1 || gap[0].Reason != "skipped by an operator" || gap[0].File != "audit.log" || gap[0].First.Year() != 2020 {
		t.Errorf("gaps %+v", gap)
	}
	if text := s.ok("status", "-c", "a.yaml"); !strings.Contains(text, "audit.log, bytes ? to ?, events of 2020-01-01T00:00:00Z to ") || !strings.Contains(text, ": skipped by an operator\n") {
		t.Errorf("status:\n%s", text)
	}
}

// A pipeline that never ran begins at the end; one whose position can't be read leaves it.
func TestCheckpointSkipWithoutAPosition(t *testing.T) {
	s := newSite(t)
	s.log(4)
	s.says("in/archive: at the end of the log; 968 bytes were skipped and are booked as a gap\n", "checkpoint", "skip", "-c", "a.yaml", "in/archive")
	s.ok("run", "-c", "a.yaml", "--once")
	s.edit("in--archive", func(c *checkpoint.Checkpoint) { c.Cursor = json.RawMessage(`{"version":99}`) })
	s.log(1)
	s.says("in/archive: at the end of the log; an unknown number of bytes were skipped and are booked as a gap\n", "checkpoint", "skip", "-c", "a.yaml", "in/archive")
	s.log(1)
	s.ok("run", "-c", "a.yaml", "--once")
	if got, want := s.counts("archive"), (ledger.Counts{Read: 1, Delivered: 1, Gaps: 2, GapBytes: 968}); got != want {
		t.Errorf("books %+v, want %+v", got, want)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{-1: "an unknown number of bytes", 0: "0 bytes", 10239: "10239 bytes", 10240: "10.0 KiB", 20 << 20: "20.0 MiB"} {
		if got := size(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

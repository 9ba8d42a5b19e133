package file

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/disk/disktest"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// FuzzRecover takes anything for the file that a former run has left, and for the state of it. Whole lines stay as they are,
// only a torn end is cut, and what is written comes behind them: each event once, whether or not it was there.
func FuzzRecover(f *testing.F) {
	events := numbered(f, 4)
	var lines [4]string
	for i := range events {
		lines[i] = string(events[i].AppendJSON(nil)) + "\n"
	}
	saved := func(s state) []byte {
		text, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		return text
	}
	at := func(n int) []byte {
		return saved(state{Path: crashPath, Size: int64(len(strings.Join(lines[:n], ""))), Last: events[max(n-1, 0)].ID.String()})
	}
	all := strings.Join(lines[:], "")
	f.Add([]byte(all), at(1))
	f.Add([]byte(all[:len(all)-9]), at(2))
	f.Add([]byte(lines[0]+"foreign\n"+lines[1]+"torn"), at(1))
	f.Add([]byte(lines[0]+"\x00\x00\x00"), at(1))
	f.Add([]byte(lines[0]+"\x00\x00\n"+lines[1]), at(1))
	f.Add([]byte("no newline"), []byte(`{"path":"`+crashPath+`","size":-1}`))
	f.Add([]byte(""), []byte(`{"path":"`+crashPath+`","size":9223372036854775807,"last":"x"}`))
	f.Add([]byte(lines[1]), []byte(`{"path":"`+crashPath+`","size":1000000000000}`))
	f.Add([]byte("a\nb"), []byte(`{"path":"/elsewhere"}`))
	f.Add([]byte("a\nb"), []byte(`null`))
	f.Fuzz(func(t *testing.T, content, text []byte) {
		d := disktest.New(1)
		on := d.Admin()
		if err := disk.MakeDir(on, "/var/log/out", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := disktest.Write(on, crashPath, content); err != nil {
			t.Fatal(err)
		}
		o, err := New(Config{Path: crashPath}, outputs.Env{Log: discard, Disk: on, MaxBytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		defer o.Close()
		if o.Open(t.Context(), outputs.Resume{State: text, Replay: true}) != nil {
			return
		}
		for i := range events {
			if _, err := o.Write(t.Context(), events[i:i+1]); err != nil {
				t.Fatal(err)
			}
		}
		got, err := disktest.Read(on, crashPath)
		if err != nil {
			t.Fatal(err)
		}
		judgeRecovered(t, content, got, events)
	})
}

func judgeRecovered(t *testing.T, before, after []byte, events []event.Event) {
	t.Helper()
	kept := before[:bytes.LastIndexByte(before, '\n')+1]
	if i := bytes.IndexByte(kept, 0); i >= 0 { // no line of ours has a NUL: there a disk has lost what was written
		kept = kept[:bytes.LastIndexByte(kept[:i], '\n')+1]
	}
	if !bytes.HasPrefix(after, kept) {
		t.Errorf("%q became %q", before, after)
	}
	if len(after) > 0 && after[len(after)-1] != '\n' {
		t.Errorf("it ends in the middle of a line: %q", after)
	}
	was, is := count(before), count(after)
	for i := range events {
		if n := is[events[i].ID]; n < 1 || n > was[events[i].ID]+1 {
			t.Errorf("event %d is there %d times, and was %d times", i, n, was[events[i].ID])
		}
	}
}

// count is how often each event is in the whole lines.
func count(content []byte) map[event.ID]int {
	ids := map[event.ID]int{}
	for line := range bytes.Lines(content) {
		if id, ok := idOf(line); ok && bytes.HasSuffix(line, []byte("\n")) && bytes.IndexByte(line, 0) < 0 {
			ids[id]++
		}
	}
	return ids
}

package file

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

var discard = slog.New(slog.DiscardHandler)

func newOutput(t testing.TB, cfg Config) *Output {
	t.Helper()
	o, err := New(cfg, outputs.Env{Log: discard, Disk: disk.OS{}, MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return o.(*Output)
}

// arrived reads the IDs of all lines, plain and compressed, oldest first.
func arrived(t *testing.T, cfg Config) []string {
	t.Helper()
	var ids []string
	see := func(id event.ID, _ int64) { ids = append(ids, id.String()) }
	b := newBackups(cfg, outputs.Env{Log: discard, Disk: disk.OS{}})
	parts, err := b.since("")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if _, err := p.scan(0, see); err != nil {
			t.Fatal(err)
		}
	}
	if content, err := os.ReadFile(cfg.Path); err == nil {
		if n := len(content); n > 0 && content[n-1] != '\n' {
			t.Fatalf("%s ends in the middle of a line", cfg.Path)
		}
		if whole, err := scan(bytes.NewReader(content), see); err != nil || whole != int64(len(content)) {
			t.Fatalf("%d of %d bytes are whole, %v", whole, len(content), err)
		}
	}
	return ids
}

func TestConformance(t *testing.T) {
	for name, cfg := range map[string]Config{
		"one file":   {},
		"rotating":   {MaxSize: 64 << 10},
		"compressed": {MaxSize: 64 << 10, Compress: "zstd"},
	} {
		t.Run(name, func(t *testing.T) {
			outputtest.Run(t, func(t *testing.T) outputtest.Subject {
				cfg := cfg
				cfg.Path = filepath.Join(t.TempDir(), "events.jsonl")
				return outputtest.Subject{
					New:         func(t *testing.T) outputs.Output { return newOutput(t, cfg) },
					Arrived:     func(t *testing.T) []string { return arrived(t, cfg) },
					SeesRepeats: true,
				}
			})
		})
	}
}

// Whatever a crash leaves behind the acknowledged lines, a replay makes the file whole, each event once, in order.
func TestCrashAnywhereInAWrite(t *testing.T) {
	events := outputtest.Events(t)[:12]
	cfg := Config{Path: filepath.Join(t.TempDir(), "events.jsonl")}
	first := newOutput(t, cfg)
	if err := first.Open(t.Context(), outputs.Resume{}); err != nil {
		t.Fatal(err)
	}
	ack := write(t, first, events[:4])
	write(t, first, events[4:])
	first.Close()
	whole, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := bytes.Count(whole, []byte("\n"))
	if acknowledged != len(events) {
		t.Fatalf("%d lines, want %d", acknowledged, len(events))
	}
	for cut := sizeOf(t, ack); cut < len(whole); cut += 97 {
		if err := os.WriteFile(cfg.Path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		o := newOutput(t, cfg)
		if err := o.Open(t.Context(), outputs.Resume{State: ack.State, Replay: true}); err != nil {
			t.Fatal(err)
		}
		write(t, o, events[4:7])
		write(t, o, events[7:])
		o.Close()
		if got, err := os.ReadFile(cfg.Path); err != nil || !bytes.Equal(got, whole) {
			t.Fatalf("cut at %d: the file differs (%d bytes, want %d), %v", cut, len(got), len(whole), err)
		}
	}
}

func sizeOf(t *testing.T, ack outputs.Ack) int {
	t.Helper()
	var s state
	if err := json.Unmarshal(ack.State, &s); err != nil || s.Last == "" || s.Path == "" {
		t.Fatalf("state %s: %v", ack.State, err)
	}
	return int(s.Size)
}

// A configuration that drops other events than before the crash makes the replay differ; what is there is still known.
func TestReplayOfOtherEvents(t *testing.T) {
	events := outputtest.Events(t)
	cfg := Config{Path: filepath.Join(t.TempDir(), "events.jsonl")}
	o := newOutput(t, cfg)
	var noted []byte
	if err := o.Open(t.Context(), outputs.Resume{Save: func(_ context.Context, state []byte) error { noted = state; return nil }}); err != nil {
		t.Fatal(err)
	}
	write(t, o, events[:20])
	o.Close()
	o = newOutput(t, cfg)
	if err := o.Open(t.Context(), outputs.Resume{State: noted, Replay: true}); err != nil {
		t.Fatal(err)
	}
	if got := write(t, o, events[5:15]).Duplicates; got != 10 {
		t.Errorf("%d duplicates, want 10", got)
	}
	if got := write(t, o, events[17:30]).Duplicates; got != 3 {
		t.Errorf("%d duplicates, want 3", got)
	}
	o.Close()
	if got := len(arrived(t, cfg)); got != 30 {
		t.Errorf("%d lines, want 30", got)
	}
}

func TestRotationKeepsOrderAndBackups(t *testing.T) {
	events := outputtest.Events(t)
	cfg := Config{Path: filepath.Join(t.TempDir(), "events.jsonl"), MaxSize: 64 << 10, MaxBackups: 2, Compress: "zstd"}
	o := newOutput(t, cfg)
	if err := o.Open(t.Context(), outputs.Resume{}); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		write(t, o, events)
	}
	o.Close()
	names, err := o.backups.list()
	if err != nil || len(names) != 2 {
		t.Fatalf("backups %v, %v; want 2", names, err)
	}
	for _, name := range names {
		if filepath.Ext(name) != compressed {
			t.Errorf("%s is not compressed", name)
		}
	}
	for _, path := range append(names, "events.jsonl") {
		info, err := os.Stat(filepath.Join(filepath.Dir(cfg.Path), path))
		if err != nil || info.Size() > 64<<10 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v bytes, mode %v, %v", path, info.Size(), info.Mode(), err)
		}
	}
}

func TestLockedPath(t *testing.T) {
	cfg := Config{Path: filepath.Join(t.TempDir(), "events.jsonl")}
	events := outputtest.Events(t)
	one, two := newOutput(t, cfg), newOutput(t, cfg)
	defer one.Close()
	defer two.Close()
	write(t, one, events[:1])
	if _, err := two.Write(t.Context(), events[1:2]); outputs.FaultOf(err).Reason != "locked" {
		t.Fatalf("got %v, want locked", err)
	}
}

func write(t testing.TB, o *Output, events []event.Event) outputs.Ack {
	t.Helper()
	ack, err := o.Write(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	return ack
}

func BenchmarkWrite(b *testing.B) {
	events := outputtest.Events(b)
	o := newOutput(b, Config{Path: filepath.Join(b.TempDir(), "events.jsonl")})
	defer o.Close()
	size := 0
	for i := range events {
		size += events[i].Size() + 1
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		write(b, o, events)
	}
}

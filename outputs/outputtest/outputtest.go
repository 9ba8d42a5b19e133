// Package outputtest is the conformance suite of the outputs.Output contract. An output joins it with a few lines that say
// how to make one and how to see what has arrived.
package outputtest

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// Subject is the output under test.
type Subject struct {
	// New makes an instance that is not open; all instances have the same, initially empty destination.
	New func(t *testing.T) outputs.Output

	// Arrived are the IDs of the events that somebody who looks at the destination sees, each as often as it is seen, in
	// any order.
	Arrived func(t *testing.T) []string

	// SeesRepeats says that the output counts the repeats it meets in Ack.Duplicates.
	SeesRepeats bool
}

// Run checks a Subject; start makes one with an empty destination.
func Run(t *testing.T, start func(t *testing.T) Subject) {
	for name, check := range map[string]func(*testing.T, Subject){
		"delivers in several writes":       delivers,
		"goes on after a clean stop":       goesOn,
		"hides what comes again":           hidesRepeats,
		"hides what a lost commit repeats": hidesAfterLostCommit,
		"returns when the context ends":    returns,
		"delivers trimmed events":          deliversTrimmed,
		"bears a close without a write":    bearsClose,
	} {
		t.Run(name, func(t *testing.T) { check(t, start(t)) })
	}
}

// Events are real audit events, decoded and enriched with their ID.
func Events(t testing.TB) []event.Event {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	content, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../agent/event/testdata/real.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var events []event.Event
	var decoder event.Decoder
	for line := range strings.Lines(string(content)) {
		raw := []byte(strings.TrimSuffix(line, "\n"))
		var e event.Event
		if err := decoder.Decode(raw, &e); err != nil {
			t.Fatalf("decode %.80s: %v", raw, err)
		}
		e.ID = event.Sum(raw)
		e.Enrichment = []byte(`{"id":"` + e.ID.String() + `"`)
		events = append(events, e)
	}
	return events
}

// opened makes an instance and opens it; the test closes it.
func (s Subject) opened(t *testing.T, r outputs.Resume) outputs.Output {
	t.Helper()
	o := s.New(t)
	open(t, o, r)
	return o
}

func write(t *testing.T, o outputs.Output, events []event.Event) outputs.Ack {
	t.Helper()
	ack, err := o.Write(t.Context(), slices.Clone(events))
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	return ack
}

func closed(t *testing.T, o outputs.Output) {
	t.Helper()
	if err := o.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

// once wants each of the events to be seen exactly once, and nothing else.
func (s Subject) once(t *testing.T, events []event.Event) {
	t.Helper()
	var want []string
	for i := range events {
		want = append(want, events[i].ID.String())
	}
	got := s.Arrived(t)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("%d events arrived, %d of them different ones; want %d", len(got), len(slices.Compact(slices.Clone(got))), len(want))
	}
}

func delivers(t *testing.T, s Subject) {
	events := Events(t)
	o := s.opened(t, outputs.Resume{})
	for part := range slices.Chunk(events, 7) {
		write(t, o, part)
	}
	closed(t, o)
	s.once(t, events)
}

func goesOn(t *testing.T, s Subject) {
	events := Events(t)
	var resume outputs.Resume
	for part := range slices.Chunk(events, 20) {
		o := s.opened(t, resume)
		resume.State = write(t, o, part).State
		closed(t, o)
	}
	s.once(t, events)
}

// After a crash that followed the acknowledgement, but came before the commit of the last two of three writes.
func hidesAfterLostCommit(t *testing.T, s Subject) {
	events := Events(t)
	o := s.opened(t, outputs.Resume{})
	committed := write(t, o, events[:10]).State
	saved := committed // with an intent the commit of what was acknowledged before it comes for free
	closed(t, o)

	resume := outputs.Resume{State: saved, Replay: true}
	resume.Save = func(_ context.Context, state []byte) error {
		saved, resume.Pending = state, 10
		return nil
	}
	o = s.opened(t, resume)
	write(t, o, events[10:20])
	if resume.Pending == 0 { // no intents: two writes may be uncommitted
		write(t, o, events[20:30])
	}
	closed(t, o)

	o = s.opened(t, outputs.Resume{State: saved, Pending: resume.Pending, Replay: true})
	repeats := write(t, o, events[10:20]).Duplicates
	repeats += write(t, o, events[20:30]).Duplicates
	write(t, o, events[30:])
	closed(t, o)
	s.once(t, events)
	if want := 20 - resume.Pending; s.SeesRepeats && repeats != want {
		t.Errorf("%d repeats were counted, want %d", repeats, want)
	}
}

// A crash right after the first write, before anything was committed but the beginning.
func hidesRepeats(t *testing.T, s Subject) {
	events := Events(t)
	var saved []byte
	pending := 0
	save := func(_ context.Context, state []byte) error {
		saved, pending = state, len(events)
		return nil
	}
	o := s.opened(t, outputs.Resume{Save: save})
	write(t, o, events)
	closed(t, o)

	o = s.opened(t, outputs.Resume{State: saved, Pending: pending, Replay: true, Save: save})
	ack := write(t, o, events)
	closed(t, o)
	s.once(t, events)
	if s.SeesRepeats && ack.Duplicates != len(events) {
		t.Errorf("%d repeats were counted, want %d", ack.Duplicates, len(events))
	}
}

func returns(t *testing.T, s Subject) {
	events := Events(t)
	o := s.opened(t, outputs.Resume{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.Write(ctx, events[:3]); err == nil {
		t.Error("Write gave no error although its context had ended")
	}
	write(t, o, events[:3])
	closed(t, o)
	s.once(t, events[:3])
}

func deliversTrimmed(t *testing.T, s Subject) {
	events := Events(t)
	for i := range events {
		events[i].Trimmed = event.Bodies
	}
	o := s.opened(t, outputs.Resume{})
	write(t, o, events)
	closed(t, o)
	s.once(t, events)
}

func bearsClose(t *testing.T, s Subject) {
	closed(t, s.opened(t, outputs.Resume{}))
	s.once(t, nil)
}

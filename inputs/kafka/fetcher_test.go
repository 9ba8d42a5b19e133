package kafka

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"
)

// TestSettle: an offset that is there is kept; of what was deleted before it was read is told, and of a partition that was cut off, which is
// read from where it ends now.
func TestSettle(t *testing.T) {
	for offset, want := range map[int64]struct {
		offset int64
		reason string
	}{
		99:  {100, "deleted 1 messages"},
		100: {100, ""},
		150: {150, ""},
		200: {200, ""}, // nothing new
		205: {200, "cut the partition off at offset 200, 5 messages before"},
	} {
		r := apart()
		f := &fetcher{member: &member{in: New(Config{}, slog.New(slog.DiscardHandler)), r: r}, by: r.begun(), place: place{topic: "audit", partition: 1}, offset: offset, commit: (&broker{offsets: map[int]int64{}}).commit}
		if err := f.settle(t.Context(), 100, 200); err != nil || f.offset != want.offset || len(r.fetched) == 1 != (want.reason != "") {
			t.Errorf("offset %d: %v, at %d, %d gaps", offset, err, f.offset, len(r.fetched))
		}
		if want.reason == "" {
			continue
		}
		if c := <-r.fetched; c.behind != want.offset || c.place != f.place || c.by != f.by || !strings.Contains(c.gap.Reason, want.reason) {
			t.Errorf("offset %d: %+v, %v", offset, c, c.gap)
		}
	}
}

// TestCut: where a partition that was cut off ends is the group's offset before anything is read behind it, and no acknowledgement of what was
// read before makes it the former one again: after a crash what was written meanwhile would be passed over.
func TestCut(t *testing.T) {
	r, b := apart(), &broker{offsets: map[int]int64{}, err: errors.New("not now")}
	g := r.begun()
	f := &fetcher{member: &member{in: New(Config{}, slog.New(slog.DiscardHandler)), r: r}, by: g, place: place{topic: "audit"}, offset: 206, commit: b.commit}
	r.fetches(g, 205)
	r.reads(t, 205)
	if err := f.settle(t.Context(), 0, 200); !errors.Is(err, b.err) || f.offset != 206 || len(r.fetched) > 0 {
		t.Errorf("%v, at %d", err, f.offset)
	}
	b.err = nil
	if err := f.settle(t.Context(), 0, 200); err != nil || f.offset != 200 || b.offsets[0] != 200 {
		t.Errorf("%v, at %d, committed %v", err, f.offset, b.offsets)
	}
	r.Commit(r.Cursor())
	if err := g.commit(r.due(g), b.commit); err != nil || b.offsets[0] != 200 {
		t.Errorf("%v, committed %v", err, b.offsets)
	}
	if _, err := r.Next(t.Context()); err == nil {
		t.Error("no gap")
	}
	m := message(0, 200)
	r.fetched <- chunk{by: g, place: f.place, messages: []kafka.Message{m}}
	if _, err := r.Next(t.Context()); err != nil {
		t.Error(err)
	}
	r.Commit(r.Cursor())
	if err := g.commit(r.due(g), b.commit); err != nil || b.offsets[0] != 201 {
		t.Errorf("%v, committed %v", err, b.offsets)
	}
}

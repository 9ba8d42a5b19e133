package kafka

import (
	"errors"
	"log/slog"
	"maps"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"
)

// TestEnter: where a group begins is its offset before anything is read, or it does not begin.
func TestEnter(t *testing.T) {
	for start, want := range map[int64]int64{kafka.FirstOffset: 100, kafka.LastOffset: 200} {
		r, b := apart(), &broker{offsets: map[int]int64{}, err: errors.New("not now")}
		f := &fetcher{member: &member{r: r}, by: r.begun(), place: place{"audit", 1}, offset: start}
		if err := f.settle(t.Context(), 100, 200, b.commit); !errors.Is(err, b.err) || f.offset != start {
			t.Errorf("%v, at %d", err, f.offset)
		}
		b.err = nil
		if err := f.settle(t.Context(), 100, 200, b.commit); err != nil || f.offset != want || !maps.Equal(b.offsets, map[int]int64{1: want}) {
			t.Errorf("%v, at %d, committed %v", err, f.offset, b.offsets)
		}
	}
}

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
		f := &fetcher{member: &member{in: New(Config{}, slog.New(slog.DiscardHandler)), r: r}, by: r.begun(), place: place{"audit", 1}, offset: offset}
		if err := f.settle(t.Context(), 100, 200, nil); err != nil || f.offset != want.offset || len(r.fetched) == 1 != (want.reason != "") {
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

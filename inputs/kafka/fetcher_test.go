package kafka

import (
	"errors"
	"maps"
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

// TestSettle: of what was deleted before it was read is told, and an offset that is there is kept.
func TestSettle(t *testing.T) {
	for offset, want := range map[int64]int64{99: 100, 100: 100, 150: 150, 200: 200} {
		r := apart()
		f := &fetcher{member: &member{r: r}, by: r.begun(), place: place{"audit", 1}, offset: offset}
		if err := f.settle(t.Context(), 100, 200, nil); err != nil || f.offset != want || len(r.fetched) == 1 != (offset != want) {
			t.Errorf("offset %d: %v, at %d, %d gaps", offset, err, f.offset, len(r.fetched))
		}
	}
}

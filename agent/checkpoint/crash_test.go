package checkpoint

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/auditship/auditship/agent/disk/disktest"
)

// Whatever is stopped, torn, forgotten or refused: what is loaded is the last checkpoint that was acknowledged, or one after
// it that was being saved.
func TestCrashAnywhere(t *testing.T) {
	disktest.Each(t, 12, func(t *disktest.Trial) {
		acked, tried := 0, 0
		for last := false; !last; {
			last = t.Begin()
			s := NewStore(t.Mount(), "/var/state/pipelines/a", slog.New(slog.DiscardHandler))
			c, err := s.Load()
			if err != nil && last {
				t.Damaged("load: %v", err)
			}
			if err == nil {
				acked, tried = lifeOf(t, s, judge(t, c, acked, tried), tried)
			}
			s.Close()
			t.End()
		}
	})
}

// judge wants a checkpoint to be whole, and not older than what was acknowledged.
func judge(t *disktest.Trial, c *Checkpoint, acked, tried int) int {
	t.Helper()
	n := 0
	if c != nil {
		n = c.Pending
		if string(c.Cursor) != fmt.Sprint(n) || len(c.State) != sizes[n%len(sizes)] || c.Counts.Read != uint64(n) {
			t.Damaged("mixed checkpoint %d", n)
		}
	}
	if n < acked || n > tried {
		t.Damaged("loaded %d; %d was acknowledged, %d was tried", n, acked, tried)
	}
	return acked
}

var sizes = []int{0, 10, 2500, 9000, 100}

// lifeOf saves until the world stops, and now and then takes a failed save for given up.
func lifeOf(t *disktest.Trial, s *Store, acked, tried int) (int, int) {
	for range 6 {
		tried++
		c := sample(tried)
		c.Cursor, c.State = json.RawMessage(fmt.Sprint(tried)), make([]byte, sizes[tried%len(sizes)])
		for range 3 {
			if s.Save(c) == nil {
				acked = tried
				break
			}
		}
	}
	return acked, tried
}

// Somebody cleans up the state directory under the running agent: the next save is there all the same.
func TestRemovedWhileRunning(t *testing.T) {
	d := disktest.New(1)
	s := NewStore(d.Mount(), "/state/a", slog.New(slog.DiscardHandler))
	for n := 1; n <= 6; n++ {
		if err := s.Save(sample(n)); err != nil {
			t.Fatal(err)
		}
		if n == 3 {
			for _, name := range []string{"/state/a/checkpoint.a", "/state/a/checkpoint.b"} {
				if err := d.Admin().Remove(name); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	d.Restart(disktest.PowerLoss)
	c, err := NewStore(d.Mount(), "/state/a", slog.New(slog.DiscardHandler)).Load()
	if err != nil || c == nil || c.Pending != 6 {
		t.Fatalf("loaded %+v, %v; want 6", c, err)
	}
}

package checkpoint

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"syscall"
	"testing"

	"github.com/auditship/auditship/agent/disk/disktest"
)

// Whatever is stopped, torn, forgotten or refused: what is loaded is the last checkpoint that was acknowledged, or one after
// it that was being saved.
func TestCrashAnywhere(t *testing.T) {
	disktest.Each(t, 8, func(t *disktest.Trial) {
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

// A save whose sync failed is in the page cache alone. The process after it goes on from there, and must not tear what it
// saves over the one that is on the disk.
func TestLoadedFromThePageCache(t *testing.T) {
	for seed := range uint64(300) {
		d := disktest.New(seed)
		s := NewStore(d.Mount(), "/state/a", slog.New(slog.DiscardHandler))
		for n := 1; n <= 3; n++ {
			if err := s.Save(large(n)); err != nil {
				t.Fatal(err)
			}
		}
		d.FailWith(func(c disktest.Call) error {
			if c.Op == "sync" {
				return syscall.EIO
			}
			return nil
		})
		if s.Save(large(4)) == nil {
			t.Fatal("the save did not fail")
		}
		d.Restart(disktest.Kill)
		s = NewStore(d.Mount(), "/state/a", slog.New(slog.DiscardHandler))
		c, err := s.Load()
		if err != nil {
			t.Fatal(err)
		}
		d.StopAt(d.Calls() + 1 + int(seed%20))
		saved := s.Save(large(c.Pending + 1))
		d.Restart(disktest.PowerLoss)
		c, err = NewStore(d.Mount(), "/state/a", slog.New(slog.DiscardHandler)).Load()
		if err != nil || c == nil || c.Pending < 3 || saved == nil && c.Pending < 4 {
			t.Fatalf("seed %d: loaded %+v, %v; 3 was acknowledged, the save after it: %v", seed, c, err, saved)
		}
	}
}

// large is a checkpoint of several sectors.
func large(n int) *Checkpoint {
	c := sample(n)
	c.State = make([]byte, 5000)
	return c
}

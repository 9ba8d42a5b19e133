package buffers

import (
	"sync"
	"testing"
	"unsafe"
)

func TestUsedAgain(t *testing.T) {
	s := &stock{size: 8}
	one, other := make([]byte, 8), make([]byte, 8)
	s.put(one)
	s.put(other)
	if unsafe.SliceData(s.get()) != unsafe.SliceData(other) || unsafe.SliceData(s.get()) != unsafe.SliceData(one) || s.get() != nil {
		t.Error("not the two that were put there, each once")
	}
}

// A larger one that nobody uses is better than a new one.
func TestALargerOne(t *testing.T) {
	empty()
	large := Get(Large)
	Put(large)
	if got := Get(1); len(got) != 1 || unsafe.SliceData(got) != unsafe.SliceData(large) {
		t.Errorf("%d bytes of another buffer", len(got))
	} else if next := Get(1); cap(next) != Small {
		t.Errorf("a new one has a capacity of %d", cap(next))
	}
}

// empty has nothing left from other tests.
func empty() {
	Trim()
	Trim()
}

func TestSizes(t *testing.T) {
	empty()
	for length, size := range map[int]int{0: Small, 1: Small, Small: Small, Small + 1: Medium, Medium: Medium, Medium + 1: Large, Large: Large, Large + 1: Large + 1} {
		if got := Get(length); len(got) != length || cap(got) < size || size <= Large && cap(got) != size {
			t.Errorf("Get(%d) has %d bytes and a capacity of %d", length, len(got), cap(got))
		}
	}
}

// What is not from here must not come out again: it may be a part of something.
func TestOthersAreNotTaken(t *testing.T) {
	foreign := make([]byte, Small+1)
	Put(foreign)
	Put(foreign[1000:])
	Put(nil)
	for range 10 {
		if got := Get(Small); unsafe.SliceData(got) == unsafe.SliceData(foreign) || unsafe.SliceData(got) == unsafe.SliceData(foreign[1000:]) {
			t.Fatal("a foreign buffer was taken")
		}
	}
}

func TestGrow(t *testing.T) {
	empty()
	small := append(Get(Small)[:0], "some text"...)
	if same := Grow(small, Small-len(small)); unsafe.SliceData(same) != unsafe.SliceData(small) {
		t.Error("another buffer though there is room")
	}
	wider := Grow(small, Small)
	if string(wider) != "some text" || cap(wider) != Medium {
		t.Errorf("%q with a capacity of %d", wider, cap(wider))
	}
	if again := Get(Small); unsafe.SliceData(again) != unsafe.SliceData(small) {
		t.Error("the old buffer was not given back")
	}
	if huge := Grow(wider, Large); string(huge) != "some text" || cap(huge)-len(huge) < Large {
		t.Errorf("%q with a capacity of %d", huge, cap(huge))
	}
}

// TestTrim keeps what was needed since the last time, and not what was needed once.
func TestTrim(t *testing.T) {
	s := &stock{size: 8}
	take := func(n int) {
		var all [][]byte
		for range n {
			all = append(all, or(s.get(), 8))
		}
		for _, buffer := range all {
			s.put(buffer)
		}
	}
	for i, step := range []struct{ take, left int }{{5, 5}, {2, 2}, {2, 2}, {1, 1}, {0, 0}, {0, 0}, {3, 3}} {
		take(step.take)
		s.trim()
		if len(s.free) != step.left {
			t.Errorf("step %d: %d are free, want %d", i, len(s.free), step.left)
		}
	}
}

// TestNobodySharesABuffer has many write into their buffers at the same time.
func TestNobodySharesABuffer(t *testing.T) {
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 200 {
				mine := Get(Small)
				for j := 0; j < len(mine); j += 4096 {
					mine[j] = byte(i)
				}
				for j := 0; j < len(mine); j += 4096 {
					if mine[j] != byte(i) {
						t.Error("somebody else writes into it")
						return
					}
				}
				Put(mine)
				Trim()
			}
		})
	}
	group.Wait()
}

// or is the buffer, or a new one where there is none.
func or(buffer []byte, size int) []byte {
	if buffer == nil {
		return make([]byte, size)
	}
	return buffer
}

func BenchmarkGet(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Put(Get(1))
	}
}

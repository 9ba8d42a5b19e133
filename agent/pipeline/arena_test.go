package pipeline

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/auditship/auditship/agent/buffers"
)

// kept is something in an arena, and a copy of what it has to be.
type kept struct{ in, want []byte }

// sizeOf is mostly that of a short record, and at times of a long one.
func sizeOf(random *rand.Rand) int {
	switch random.IntN(20) {
	case 0:
		return random.IntN(3 * buffers.Small)
	case 1:
		return random.IntN(buffers.Large + 1000)
	}
	return random.IntN(8 << 10)
}

var noise = func() []byte {
	b := make([]byte, 2*buffers.Large)
	rand.NewChaCha8([32]byte{}).Read(b)
	return b
}()

// put puts something into an arena in one of the ways in which that is done.
func put(a *arena, random *rand.Rand) kept {
	content := noise[random.IntN(1<<10):][:sizeOf(random)]
	switch random.IntN(4) {
	case 0: // what turns out to be longer, some of it when it refers to its beginning already
		dst := append(a.room(len(content)/2), content...)
		a.keep(append(dst, "and more"...))
		return kept{dst[:len(content)], content}
	case 1: // room for nothing
		a.keep(a.room(2 * len(content)))
	case 2:
		own := append(buffers.Get(len(content) + 1)[:0], content...)
		return kept{a.adopt(own), content}
	}
	return kept{a.store(content), content}
}

// TestArena keeps all that was put into it as it was, and its books. Another arena takes over its memory.
func TestArena(t *testing.T) {
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 0))
		a := &arena{}
		for range 3 {
			var all []kept
			sum := 0
			for a.used < 4<<20 {
				all = append(all, put(a, random))
				sum += len(all[len(all)-1].want)
			}
			for i, k := range all {
				if !bytes.Equal(k.in, k.want) {
					t.Fatalf("seed %d: the %d. of %d was overwritten", seed, i, len(all))
				}
			}
			if a.used < sum || a.spent() < a.used || a.held < a.spent() {
				t.Errorf("seed %d: %d bytes put, %d used, %d spent, %d held", seed, sum, a.used, a.spent(), a.held)
			}
			if a.release(); a.used+a.held+len(a.taken)+cap(a.free)+cap(a.spare) > 0 {
				t.Errorf("seed %d: something is left", seed)
			}
		}
	}
}

// TestArenaOfShortRecords wastes next to nothing.
func TestArenaOfShortRecords(t *testing.T) {
	a, record := &arena{}, make([]byte, 3000)
	for a.spent() < 4<<20 {
		a.store(record)
	}
	if a.used < 4<<20/100*98 || len(a.taken) > 17 {
		t.Errorf("%d bytes are used in %d buffers", a.used, len(a.taken))
	}
	a.release()
}

// A long record does not end the use of the buffer before it, and short ones go on in what it leaves where that is more.
func TestALongRecordBetweenShortOnes(t *testing.T) {
	a := &arena{}
	a.store(make([]byte, 10))
	free := cap(a.free)
	a.store(make([]byte, buffers.Medium-100))
	if cap(a.free) != free {
		t.Errorf("%d bytes are free, want %d", cap(a.free), free)
	}
	a.store(make([]byte, buffers.Medium+100))
	if want := buffers.Medium - 100; cap(a.free) != want {
		t.Errorf("%d bytes are free, want %d", cap(a.free), want)
	}
	a.release()
}

// Room that was not needed is there for what comes next.
func TestRoomThatIsNotNeeded(t *testing.T) {
	a := &arena{}
	room := a.room(1000)
	a.keep(room)
	if a.held != 0 {
		t.Error("nothing is kept in a buffer")
	}
	if got := a.store([]byte("x")); unsafe.SliceData(got) != unsafe.SliceData(room) {
		t.Error("another buffer was taken")
	}
	a.release()
}

package digest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"
)

// compare holds Each against crypto/sha256: every message has its digest, once.
func compare(t *testing.T, messages [][]byte) {
	t.Helper()
	seen := make([]int, len(messages))
	Each(len(messages), func(i int) []byte { return messages[i] }, func(i int, sum [sha256.Size]byte) {
		seen[i]++
		if sum != sha256.Sum256(messages[i]) {
			t.Errorf("message %d of %d, %d bytes: %x", i, len(messages), len(messages[i]), sum)
		}
	})
	for i, n := range seen {
		if n != 1 {
			t.Errorf("message %d has %d digests", i, n)
		}
	}
}

func random(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestAllLengths(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var messages [][]byte
	for n := range 400 {
		messages = append(messages, random(r, n))
		compare(t, messages[n:])
	}
	compare(t, messages)
}

func TestAnyMix(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		messages := make([][]byte, r.IntN(12))
		for i := range messages {
			messages[i] = random(r, r.IntN(1<<r.IntN(14)))
		}
		compare(t, messages)
	}
	compare(t, [][]byte{random(r, 1<<20), nil, random(r, 10)})
	compare(t, nil)
}

func FuzzEach(f *testing.F) {
	f.Add([]byte("abc"), []byte(""), uint8(3))
	f.Fuzz(func(t *testing.T, a, b []byte, n uint8) {
		compare(t, [][]byte{a, b, bytes.Repeat(b, int(n)), bytes.Repeat(a, int(n))})
	})
}

func TestEachDoesNotAllocate(t *testing.T) {
	messages := [][]byte{make([]byte, 1000), make([]byte, 3000), make([]byte, 10), nil, make([]byte, 100), make([]byte, 7)}
	var last [sha256.Size]byte
	if n := testing.AllocsPerRun(10, func() {
		Each(len(messages), func(i int) []byte { return messages[i] }, func(_ int, sum [sha256.Size]byte) { last = sum })
	}); n > 0 {
		t.Errorf("%v allocations, %x", n, last)
	}
}

// BenchmarkEach digests messages of the lengths of audit events.
func BenchmarkEach(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	var messages [][]byte
	size := 0
	for range 1000 {
		messages = append(messages, random(r, 600+r.IntN(1<<r.IntN(13))))
		size += len(messages[len(messages)-1])
	}
	ways := map[string]func(){
		"two": func() {
			Each(len(messages), func(i int) []byte { return messages[i] }, func(int, [sha256.Size]byte) {})
		},
		"one": func() {
			for _, m := range messages {
				_ = sha256.Sum256(m)
			}
		},
	}
	for _, name := range []string{"one", "two"} {
		b.Run(fmt.Sprintf("at a time=%s", name), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				ways[name]()
			}
		})
	}
}

//go:build !purego

package digest

import "golang.org/x/sys/cpu"

var hasInstructions = cpu.X86.HasAVX2 && extensions()&sha != 0

// sha is the bit of the SHA extensions.
const sha = 1 << 29

// extensions is EBX of the CPUID leaf 7, which every processor with AVX2 has.
func extensions() uint32

// blocks reads n blocks of each of two messages.
//
//go:noescape
func blocks(a, b *state, dataA, dataB *byte, n int)

//go:build !purego

package event

import "golang.org/x/sys/cpu"

// hasVectors tells whether the machine has the instructions of specialAVX2 (since 2013).
var hasVectors = cpu.X86.HasAVX2

// specialAVX2 sets a bit for each of 64×n bytes from b on: it is a quote, a backslash or a control character; see special. It
// writes 8×n bytes.
//
//go:noescape
func specialAVX2(b *byte, bits *byte, n int)

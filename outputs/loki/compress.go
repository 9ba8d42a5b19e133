package loki

import (
	"encoding/binary"
	"slices"

	"github.com/golang/snappy"
)

// snappyBlock is what snappy compresses at a time: no block refers to another.
const snappyBlock = 64 << 10

// compress appends the body in snappy's block format (https://github.com/google/snappy/blob/main/format_description.txt). Block by
// block, so that there needs to be room for the compressed body, and not for the longest that one of its size may have.
func compress(dst, body []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(body)))
	for block := range slices.Chunk(body, snappyBlock) {
		dst = slices.Grow(dst, snappy.MaxEncodedLen(len(block)))
		whole := snappy.Encode(dst[len(dst):cap(dst)], block)
		dst = append(dst, whole[varintLen(uint64(len(block))):]...) // without the length, which stands before all blocks
	}
	return dst
}

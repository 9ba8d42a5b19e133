package loki

import (
	"encoding/binary"
	"math/bits"
	"time"
)

// The wire format of logproto.PushRequest (pkg/push/push.proto of Loki): the tags, that is field number and wire type, of the
// fields that are written here. All of them but the two numbers are length-delimited.
const (
	tagStream    = 1<<3 | 2 // PushRequest.streams
	tagLabels    = 1<<3 | 2 // StreamAdapter.labels
	tagEntry     = 2<<3 | 2 // StreamAdapter.entries
	tagTimestamp = 1<<3 | 2 // EntryAdapter.timestamp
	tagLine      = 2<<3 | 2 // EntryAdapter.line
	tagMetadata  = 3<<3 | 2 // EntryAdapter.structuredMetadata
	tagName      = 1<<3 | 2 // LabelPairAdapter.name
	tagValue     = 2<<3 | 2 // LabelPairAdapter.value
	tagSeconds   = 1 << 3   // Timestamp.seconds
	tagNanos     = 2 << 3   // Timestamp.nanos
)

// The generated types would need every line as a string of its own, in slices of slices, before they are copied into the
// request. So a request is written straight into one buffer: begin leaves width bytes for a length which only
// end knows. Where that is another number of bytes, the content is moved: that costs less than computing lengths before.

// begin appends a tag and room for the length of what follows, which starts at start.
func begin(dst []byte, tag byte, width int) (buf []byte, start int) {
	dst = append(dst, tag)
	dst = append(dst, 0, 0, 0, 0, 0)[:len(dst)+width]
	return dst, len(dst)
}

// end writes the length of what was appended since start, in the shortest form.
func end(dst []byte, start, width int) []byte {
	size := len(dst) - start
	need := varintLen(uint64(size))
	if need > width {
		dst = append(dst, 0, 0, 0, 0, 0)
	}
	if need != width {
		copy(dst[start-width+need:], dst[start:start+size])
	}
	binary.PutUvarint(dst[start-width:], uint64(size))
	return dst[:start-width+need+size]
}

func varintLen(n uint64) int { return max(1, (bits.Len64(n)+6)/7) }

func appendString(dst []byte, tag byte, text string) []byte {
	dst = binary.AppendUvarint(append(dst, tag), uint64(len(text)))
	return append(dst, text...)
}

func appendTimestamp(dst []byte, at time.Time) []byte {
	dst, start := begin(dst, tagTimestamp, 1)
	if seconds := at.Unix(); seconds != 0 {
		dst = binary.AppendUvarint(append(dst, tagSeconds), uint64(seconds))
	}
	if nanos := at.Nanosecond(); nanos != 0 {
		dst = binary.AppendUvarint(append(dst, tagNanos), uint64(nanos))
	}
	return end(dst, start, 1)
}

// appendEntry appends one entry of a stream.
func appendEntry(dst []byte, it *item) []byte {
	dst, entry := begin(dst, tagEntry, 2)
	dst = appendTimestamp(dst, it.at)
	dst, line := begin(dst, tagLine, 2)
	dst = it.event.AppendJSON(dst)
	dst = end(dst, line, 2)
	dst = appendMetadata(dst, it.event, it.bare)
	return end(dst, entry, 2)
}

// appendRequest appends a PushRequest of the open items, which are in the order of their time: each stream once, with its
// entries in that order. It adds to size how many bytes each shard gets.
func appendRequest(dst []byte, items []item, labels []string, size *[shards]int) []byte {
	var done [streams]bool
	for i := range items {
		s := items[i].stream
		if !items[i].open() || done[s] {
			continue
		}
		done[s] = true
		before := len(dst)
		dst = appendStream(dst, items[i:], s, labels[s])
		size[s.shard()] += len(dst) - before
	}
	return dst
}

func appendStream(dst []byte, items []item, s stream, labels string) []byte {
	dst, start := begin(dst, tagStream, 3)
	dst = appendString(dst, tagLabels, labels)
	for i := range items {
		if it := &items[i]; it.stream == s && it.open() {
			dst = appendEntry(dst, it)
		}
	}
	return end(dst, start, 3)
}

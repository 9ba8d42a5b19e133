package kafka

import (
	"encoding/binary"

	"github.com/auditship/auditship/agent/event"
)

// maxKey is where keys are cut: a user name may have any length, and a key, unlike a body, can't be trimmed away.
const maxKey = 1 << 10

// appendKey appends what decides the partition of an event and is the key of its record; nothing where the event has no
// such part.
func (o *Output) appendKey(dst []byte, e *event.Event) []byte {
	start := len(dst)
	switch o.cfg.Key {
	case "", "node":
		dst = append(dst, o.env.Node...)
	case "cluster":
		dst = append(dst, o.env.Cluster...)
	case "user":
		dst = e.AppendText(dst, e.User.Username)
	case "namespace":
		dst = e.AppendText(dst, e.Object.Namespace)
	case "audit_id":
		dst = e.AppendText(dst, e.Text(event.AuditID))
	}
	return dst[:min(len(dst), start+maxKey)]
}

// partitionOf is the partition among n that an event belongs to. With a key it is the one that the Java client's
// default partitioner takes (BuiltInPartitioner.partitionForKey), so that consumers find all events of a key together
// with what other producers wrote; without one it follows from the event's ID.
func partitionOf(key []byte, id event.ID, n int) int {
	if len(key) == 0 {
		return int(binary.BigEndian.Uint32(id[:]) & 0x7fffffff % uint32(n))
	}
	return int(murmur2(key) & 0x7fffffff % uint32(n))
}

// murmur2 is the hash of org.apache.kafka.common.utils.Utils.murmur2: 32-bit MurmurHash2 with a seed of its own.
func murmur2(data []byte) uint32 {
	const m = 0x5bd1e995
	h := uint32(0x9747b28c) ^ uint32(len(data))
	for ; len(data) >= 4; data = data[4:] {
		k := binary.LittleEndian.Uint32(data) * m
		h = h*m ^ (k^k>>24)*m
	}
	for i := len(data) - 1; i >= 0; i-- {
		h ^= uint32(data[i]) << (8 * i)
	}
	if len(data) > 0 {
		h *= m
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}

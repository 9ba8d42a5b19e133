package kafka

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"

	"github.com/auditship/auditship/agent/event"
)

// Positions in an encoded record set: its size, then one record batch of the v2 format (magic 2), big-endian.
// https://kafka.apache.org/documentation/#recordbatch
const (
	batchAt      = 4  // behind the size of the record set; base offset, which the broker sets
	lengthAt     = 12 // of the batch, from epochAt on
	epochAt      = 16 // of the partition's leader; -1: not known
	magicAt      = 20
	crcAt        = 21 // CRC-32C of everything from attributesAt on
	attributesAt = 25
	lastDeltaAt  = 27 // offset of the last record from the first
	firstTimeAt  = 31
	maxTimeAt    = 39
	producerAt   = 47
	producerEpAt = 55
	sequenceAt   = 57 // of the first record
	countAt      = 61
	recordsAt    = 65
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// producer is what the broker tells batches of one sender apart by.
type producer struct {
	ID    int64 `json:"producer_id"`
	Epoch int16 `json:"producer_epoch"`
}

// batch collects the records of one record batch. Its memory is used again after reset.
type batch struct {
	headers  []byte // the headers that all records share, encoded
	oldest   int64  // no record has a timestamp before this one …
	newest   int64  // … nor after this one, both in milliseconds since 1970
	records  []byte
	count    int
	first    int64 // timestamp of the first record
	maxStamp int64
}

func newBatch(node, cluster string) *batch {
	return &batch{headers: appendHeader(appendHeader(nil, "auditship-node", node), "auditship-cluster", cluster)}
}

func appendHeader(dst []byte, key, value string) []byte {
	dst = append(binary.AppendVarint(dst, int64(len(key))), key...)
	return append(binary.AppendVarint(dst, int64(len(value))), value...)
}

func (b *batch) reset(oldest, newest int64) {
	b.records, b.count, b.oldest, b.newest = b.records[:0], 0, oldest, newest
}

// IDHeader is the header that has the ID of an event, in hexadecimal digits.
const IDHeader = "auditship-id"

const (
	idDigits    = 2 * len(event.ID{})
	headerCount = 3
	idBytes     = 1 + len(IDHeader) + 1 + idDigits // with their lengths
)

// overhead is the most that a record is longer than its key and its value.
func (b *batch) overhead() int { return 8*binary.MaxVarintLen32 + idBytes + len(b.headers) }

// add appends the record of an event. An empty key becomes null.
func (b *batch) add(e *event.Event, key []byte) {
	stamp := min(max(stampOf(e, b.newest), b.oldest), b.newest)
	if b.count == 0 {
		b.first, b.maxStamp = stamp, stamp
	}
	b.maxStamp = max(b.maxStamp, stamp)
	keyLength := int64(len(key))
	if len(key) == 0 {
		keyLength = -1
	}
	value := int64(e.Size())
	body := 2 + varintLen(stamp-b.first) + varintLen(int64(b.count)) + varintLen(keyLength) + len(key) +
		varintLen(value) + int(value) + idBytes + len(b.headers) // 2: attributes and the number of headers

	dst := binary.AppendVarint(b.records, int64(body))
	dst = append(dst, 0) // attributes: none are defined
	dst = binary.AppendVarint(dst, stamp-b.first)
	dst = binary.AppendVarint(dst, int64(b.count))
	dst = append(binary.AppendVarint(dst, keyLength), key...)
	dst = e.AppendJSON(binary.AppendVarint(dst, value))
	dst = binary.AppendVarint(dst, headerCount)
	dst = append(binary.AppendVarint(dst, int64(len(IDHeader))), IDHeader...)
	dst, _ = e.ID.AppendText(binary.AppendVarint(dst, int64(idDigits)))
	b.records = append(dst, b.headers...)
	b.count++
}

// stampOf is when the event's stage was reached, in milliseconds since 1970; fallback where it doesn't say.
func stampOf(e *event.Event, fallback int64) int64 {
	at, ok := e.Time(event.StageTimestamp)
	if !ok {
		return fallback
	}
	return at.UnixMilli()
}

func varintLen(v int64) int {
	zigzag := uint64(v<<1) ^ uint64(v>>63)
	return (bits.Len64(zigzag|1) + 6) / 7
}

// seal appends the record set to dst.
func (b *batch) seal(dst []byte, c codec, from producer, sequence int32) ([]byte, error) {
	start := len(dst)
	var header [recordsAt]byte
	dst, err := c.compress(append(dst, header[:]...), b.records)
	if err != nil {
		return dst[:start], err
	}
	set, be := dst[start:], binary.BigEndian
	be.PutUint32(set, uint32(len(set)-batchAt))
	be.PutUint32(set[lengthAt:], uint32(len(set)-epochAt))
	be.PutUint32(set[epochAt:], ^uint32(0))
	set[magicAt] = 2
	be.PutUint16(set[attributesAt:], uint16(c.attributes))
	be.PutUint32(set[lastDeltaAt:], uint32(b.count-1))
	be.PutUint64(set[firstTimeAt:], uint64(b.first))
	be.PutUint64(set[maxTimeAt:], uint64(b.maxStamp))
	be.PutUint64(set[producerAt:], uint64(from.ID))
	be.PutUint16(set[producerEpAt:], uint16(from.Epoch))
	be.PutUint32(set[sequenceAt:], uint32(sequence))
	be.PutUint32(set[countAt:], uint32(b.count))
	be.PutUint32(set[crcAt:], crc32.Checksum(set[attributesAt:], castagnoli))
	return dst, nil
}

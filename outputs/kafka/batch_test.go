package kafka

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/event"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// What we write, kafka-go's reader must read, with a checksum that holds.
func TestBatchesAreReadable(t *testing.T) {
	for _, name := range append([]string{""}, compressions...) {
		t.Run(name, func(t *testing.T) {
			events := fixture(t)
			c, err := newCodec(name)
			if err != nil {
				t.Fatal(err)
			}
			set := encodeAll(t, events, c, producer{ID: 1 << 40, Epoch: 7}, math.MaxInt32-2)
			batch, size := readBatch(t, bytes.NewReader(set))
			if batch.producer != 1<<40 || batch.epoch != 7 || batch.sequence != math.MaxInt32-2 || size != len(set)-batchAt {
				t.Errorf("got %d, %d, %d in %d bytes", batch.producer, batch.epoch, batch.sequence, size)
			}
			if int16(batch.codec.Compression()) != c.attributes || len(batch.records) != len(events) {
				t.Fatalf("codec %v, %d records, want %d", batch.codec, len(batch.records), len(events))
			}
			for i, r := range batch.records {
				checkRecord(t, &events[i], r)
			}
		})
	}
}

func checkRecord(t *testing.T, e *event.Event, r record) {
	t.Helper()
	stamp, _ := e.Time(event.StageTimestamp)
	if r.id != e.ID.String() || r.node != "cp-1" || r.key != e.String(e.User.Username) ||
		r.value != string(e.AppendJSON(nil)) || r.stamp.UnixMilli() != stamp.UnixMilli() {
		t.Errorf("event %v became %+v", e.ID, r)
	}
}

func encodeAll(t testing.TB, events []event.Event, c codec, from producer, sequence int32) []byte {
	t.Helper()
	b := newBatch("cp-1", "prod")
	b.reset(noon.Add(-remembered).UnixMilli(), noon.UnixMilli())
	for i := range events {
		b.add(&events[i], events[i].AppendText(nil, events[i].User.Username))
	}
	set, err := b.seal(nil, c, from, sequence)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestHeaderOfBatch(t *testing.T) {
	events := fixture(t)[:3]
	c, _ := newCodec("none")
	set, be := encodeAll(t, events, c, producer{}, 0), binary.BigEndian
	newest := int64(0)
	for i := range events {
		newest = max(newest, stampOf(&events[i], 0))
	}
	for name, got := range map[string][2]int64{
		"size of the set":     {int64(be.Uint32(set)), int64(len(set) - 4)},
		"length of the batch": {int64(be.Uint32(set[lengthAt:])), int64(len(set) - 16)},
		"leader epoch":        {int64(int32(be.Uint32(set[epochAt:]))), -1},
		"magic":               {int64(set[magicAt]), 2},
		"last offset delta":   {int64(be.Uint32(set[lastDeltaAt:])), 2},
		"first timestamp":     {int64(be.Uint64(set[firstTimeAt:])), stampOf(&events[0], 0)},
		"newest timestamp":    {int64(be.Uint64(set[maxTimeAt:])), newest},
		"count":               {int64(be.Uint32(set[countAt:])), 3},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is %d, want %d", name, got[0], got[1])
		}
	}
}

// Timestamps stay where brokers remember the producer by them, and accept them.
func TestTimestampsAreBounded(t *testing.T) {
	e := fixture(t)[0]
	own := stampOf(&e, 0)
	hour := time.Hour.Milliseconds()
	for _, test := range []struct{ oldest, newest, want int64 }{
		{own - hour, own + hour, own},
		{own + hour, own + 2*hour, own + hour},
		{own - 2*hour, own - hour, own - hour},
	} {
		b := newBatch("n", "c")
		b.reset(test.oldest, test.newest)
		if b.add(&e, nil); b.first != test.want || b.maxStamp != test.want {
			t.Errorf("got %d and %d, want %d", b.first, b.maxStamp, test.want)
		}
	}
}

func TestVarintLen(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 63, 64, -64, -65, 1 << 20, -1 << 20, math.MaxInt32, math.MaxInt64, math.MinInt64} {
		if got, want := varintLen(v), len(binary.AppendVarint(nil, v)); got != want {
			t.Errorf("%d takes %d bytes, not %d", v, want, got)
		}
	}
}

// The bound on a record's overhead must hold: MaxEventBytes is made of it.
func TestLargestEventFits(t *testing.T) {
	o := newDisk().start(t, newBroker(t, 1), Config{Compression: "none"})
	e := large(t, o.Traits().MaxEventBytes-600)
	if e.Size() > o.Traits().MaxEventBytes || e.Size() < o.Traits().MaxEventBytes-400 {
		t.Fatalf("event of %d bytes, the limit is %d", e.Size(), o.Traits().MaxEventBytes)
	}
	o.batch.reset(0, noon.UnixMilli())
	o.batch.add(&e, bytes.Repeat([]byte("k"), maxKey))
	set, err := o.batch.seal(nil, o.codec, producer{}, 0)
	if size := len(set) - batchAt; err != nil || size > brokerLimit {
		t.Errorf("batch of %d bytes, %v", size, err)
	}
}

func BenchmarkEncode(b *testing.B) {
	events := fixture(b)
	for _, name := range compressions {
		b.Run(name, func(b *testing.B) {
			c, _ := newCodec(name)
			batch, set, size := newBatch("cp-1", "prod"), []byte(nil), 0
			for i := range events {
				size += events[i].Size()
			}
			b.SetBytes(int64(16 * size))
			b.ReportAllocs()
			for b.Loop() {
				batch.reset(0, noon.UnixMilli())
				for range 16 {
					for i := range events {
						batch.add(&events[i], nil)
					}
				}
				set, _ = batch.seal(set[:0], c, producer{}, 0)
			}
			b.ReportMetric(float64(len(batch.records))/float64(len(set)), "ratio")
		})
	}
}

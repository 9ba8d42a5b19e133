package kafka

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// Of all error codes there are, two say that a batch is stored; and no answer but one that speaks of the partition.
func TestOnlyAnAnswerAcknowledges(t *testing.T) {
	for code := math.MinInt16; code <= math.MaxInt16; code++ {
		if got := verdictOf(kafka.Error(code)); (got == stored) != (code == 0 || code == int(kafka.DuplicateSequenceNumber)) {
			t.Errorf("code %d is verdict %d", code, got)
		}
		if f := faultOfCode(0, kafka.Error(code)); f.Reason == "" || f.Permanent || strings.ContainsFunc(f.Error(), func(r rune) bool { return r < ' ' }) {
			t.Errorf("code %d is %+v", code, f)
		}
	}
	speaks := func(partitions ...int32) *produce.Response {
		topic := produce.ResponseTopic{Topic: "audit"}
		for _, p := range partitions {
			topic.Partitions = append(topic.Partitions, produce.ResponsePartition{Partition: p})
		}
		return &produce.Response{Topics: []produce.ResponseTopic{topic}}
	}
	for name, c := range map[string]struct {
		response protocol.Message
		want     bool
	}{
		"nothing": {nil, false}, "another kind": {&metadata.Response{}, false}, "no topics": {&produce.Response{}, false},
		"other partitions": {speaks(0, 2, -1), false}, "this one": {speaks(0, 1), true},
	} {
		if a := answerFor(1, c.response, nil); (a.err == nil) != c.want {
			t.Errorf("%s: got %+v", name, a)
		}
	}
}

// FuzzState takes anything for what the checkpoint says of the Write under way: then all its events are delivered, and with
// other events than it speaks of nothing is taken for settled.
func FuzzState(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `{"version":1}`, `{"version":2}`, `{"version":1,"topic":"audit","partitions":3,"progress":[{"partition":1,"producer_id":7,"producer_epoch":1,"sequence":5,"done":2,"sent":3,"digest":"x"}]}`,
		`{"version":1,"topic":"audit","partitions":-1,"progress":[{}]}`, `{"version":1,"topic":"audit","partitions":9007199254740993,"progress":[{"partition":2147483647}]}`,
		`{"version":1,"topic":"audit","partitions":3,"progress":[{"partition":0,"done":-5,"sent":5}]}`, `{"version":1,"topic":"audit","partitions":3,"progress":[{"partition":0,"done":9223372036854775807,"sent":1}]}`,
		`{"version":1,"topic":"audit","partitions":3,"progress":[{"partition":0,"refused":[{"at":99,"reason":"x"}],"done":1},{"partition":0,"sequence":-1,"sent":1,"trimmed_to":-7}],"compression":"zstd","cluster":"c1"}`,
		`{"version":1,"topic":"audit","partitions":50,"progress":[{"partition":40,"sent":1,"trimmed_to":1}],"cluster":"c1","saved":"0001-01-01T00:00:00Z"}`,
	} {
		f.Add([]byte(seed), 5)
	}
	events := fixture(f)
	f.Fuzz(func(t *testing.T, state []byte, pending int) {
		b, d := newBroker(t, 3), newDisk()
		d.state, d.pending = bytes.Clone(state), pending
		o := d.start(t, b, Config{})
		var err error
		for range 2 * believed {
			if _, err = d.write(t.Context(), o, events); err == nil {
				break
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		ids := b.ids()
		for i := range events {
			if ids[events[i].ID.String()] != 1 {
				t.Errorf("event %d is there %d times", i, ids[events[i].ID.String()])
			}
		}
	})
}

package kafka

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// A topic that takes far less than we think: batches shrink, and once the size is known none is refused again.
func TestSmallerBatches(t *testing.T) {
	b, d, events := newBroker(t, 1), newDisk(), fixture(t)
	b.limit = 6000
	o := d.start(t, b, Config{Compression: "none"})
	events = slices.DeleteFunc(events, func(e event.Event) bool { return e.Size() > 5000 })
	for half := range slices.Chunk(events, (len(events)+1)/2) {
		if _, err := d.write(t.Context(), o, half); err != nil {
			t.Fatal(err)
		}
	}
	b.holds(t, events)
	if o.limit > b.limit || d.unchecked != 0 {
		t.Errorf("limit %d, the broker's is %d; %d possible doubles", o.limit, b.limit, d.unchecked)
	}
}

// A limit that is raised again is found out by and by, and one that stays costs a refused batch now and then.
func TestLargerBatches(t *testing.T) {
	b, d, events := newBroker(t, 1), newDisk(), fixture(t)
	o := d.start(t, b, Config{Compression: "none"})
	o.limit, o.limited, b.limit = 3000, d.now.Add(-relaxed), 4000
	events = slices.DeleteFunc(events, func(e event.Event) bool { return e.Size() > 2500 })
	write := func(part []event.Event) {
		t.Helper()
		if _, err := d.write(t.Context(), o, part); err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(relaxed / 2)
	}
	half := len(events) / 2
	if write(events[:half]); o.limit > b.limit || o.limited != d.now.Add(-relaxed/2) {
		t.Fatalf("limit %d since %v, the broker's is %d", o.limit, o.limited, b.limit)
	}
	b.limit = brokerLimit
	for part := range slices.Chunk(events[half:], half/10) {
		write(part)
	}
	if b.holds(t, events); o.limit < 50_000 {
		t.Errorf("limit %d, though the broker has one of %d now", o.limit, b.limit)
	}
}

// A batch is stored, its answer lost, and the topic's limit lowered before it comes again: it is refused as a whole, and its parts,
// which the broker can't know for repeats, are stored anew. That is told.
func TestLimitLoweredWhileInDoubt(t *testing.T) {
	for _, crash := range []bool{false, true} {
		b, d, events := newBroker(t, 1), newDisk(), fixture(t)
		events = slices.DeleteFunc(events, func(e event.Event) bool { return e.Size() > 3000 })
		o := d.start(t, b, Config{Compression: "none"})
		b.cut(t, d, o, events)
		b.limit = 6000
		if crash {
			b.before = func(_ int32, count int) (kafka.Error, error) {
				if count < len(events) {
					return 0, errCut // the parts are on the disk, and never come
				}
				return 0, nil
			}
			if _, err := d.write(t.Context(), o, events); err == nil {
				t.Fatal("no error")
			}
			b.before, o = nil, d.start(t, b, Config{Compression: "none"})
		}
		if _, err := d.write(t.Context(), o, events); err != nil {
			t.Fatal(err)
		}
		doubled := 0
		for _, times := range b.ids() {
			doubled += times - 1
		}
		if doubled == 0 || d.unchecked < doubled {
			t.Errorf("crash %v: %d events stand there twice, told of %d", crash, doubled, d.unchecked)
		}
	}
}

// One event that is too large on its own is trimmed; one that is too large even then is refused, and only that.
func TestTooLarge(t *testing.T) {
	b, d, events := newBroker(t, 2), newDisk(), fixture(t)
	hopeless := bytes.Replace(events[0].Raw, []byte(`"auditID":"`), append([]byte(`"auditID":"`), noise(20_000)...), 1)
	events = slices.Concat(events[:20], []event.Event{large(t, 40_000), events[20], decode(t, hopeless)}, events[21:])
	b.limit = 8000
	ack, err := d.write(t.Context(), d.start(t, b, Config{Key: "none"}), events)
	var partial *outputs.PartialError
	if !errors.As(err, &partial) || len(partial.Failures) != 1 || partial.Failures[0].Index != 22 {
		t.Fatalf("got %+v, %v", ack, err)
	}
	if f := outputs.FaultOf(partial.Failures[0].Err); !f.Permanent || f.Reason != "too_large" {
		t.Errorf("got %+v", f)
	}
	b.holds(t, slices.Delete(slices.Clone(events), 22, 23))
	if !events[20].Trimmed.Has(event.RequestObject) || events[0].Trimmed != 0 {
		t.Errorf("trimmed %b and %b", events[20].Trimmed, events[0].Trimmed)
	}
}

// What was refused before a crash is refused after it, though the batches behind it may be known.
func TestRefusedSurvivesCrash(t *testing.T) {
	b, d, events := newBroker(t, 1), newDisk(), fixture(t)
	bad := events[3].ID.String()
	b.before = refuse(b, 3)
	b.after = func(_ int32, n int) (kafka.Error, error) {
		if len(b.logs[0].records) > 3 {
			return 0, errCut
		}
		return 0, nil
	}
	if _, err := d.write(t.Context(), d.start(t, b, Config{}), events); err == nil {
		t.Fatal("no error")
	}
	b.before, b.after = nil, nil
	ack, err := d.write(t.Context(), d.start(t, b, Config{}), events)
	var partial *outputs.PartialError
	if !errors.As(err, &partial) || len(partial.Failures) != 1 || partial.Failures[0].Index != 3 {
		t.Fatalf("got %+v, %v", ack, err)
	}
	if ack.Duplicates <= 3 || b.ids()[bad] != 0 {
		t.Errorf("%d duplicates, the refused one stands there %d times", ack.Duplicates, b.ids()[bad])
	}
	b.holds(t, slices.Delete(slices.Clone(events), 3, 4))
}

// refuse makes the broker refuse every batch that holds the event at this position of an otherwise empty topic.
func refuse(b *broker, at int) func(int32, int) (kafka.Error, error) {
	refused := false
	return func(_ int32, count int) (kafka.Error, error) {
		at := at
		if refused {
			return 0, nil
		}
		if stored := len(b.logs[0].records); stored <= at && at < stored+count {
			refused = count == 1
			return kafka.InvalidRecord, nil
		}
		return 0, nil
	}
}

// Without a key it may be the lack of it that the topic minds: nothing is given up then.
func TestInvalidWithoutKeyBlocks(t *testing.T) {
	b, d, events := newBroker(t, 1), newDisk(), fixture(t)
	b.before = func(int32, int) (kafka.Error, error) { return kafka.InvalidRecord, nil }
	o := d.start(t, b, Config{Key: "none"})
	if _, err := d.write(t.Context(), o, events); !outputs.FaultOf(err).Blocked {
		t.Fatalf("got %v", err)
	}
	b.before = nil
	if _, err := d.write(t.Context(), o, events); err != nil {
		t.Fatal(err)
	}
	b.holds(t, events)
}

func TestRefusedTimestampsBecomePresent(t *testing.T) {
	b, d, events := newBroker(t, 1), newDisk(), fixture(t)
	calls := 0
	b.before = func(int32, int) (kafka.Error, error) {
		if calls++; calls == 1 {
			return kafka.InvalidTimestamp, nil
		}
		return 0, nil
	}
	if _, err := d.write(t.Context(), d.start(t, b, Config{}), events); err != nil {
		t.Fatal(err)
	}
	b.holds(t, events)
	if got := b.logs[0].records[0].stamp; !got.Equal(d.now) {
		t.Errorf("timestamp %v, want %v", got, d.now)
	}
	b.before = func(int32, int) (kafka.Error, error) { return kafka.InvalidTimestamp, nil }
	if _, err := d.write(t.Context(), d.start(t, b, Config{}), events); !outputs.FaultOf(err).Blocked {
		t.Errorf("got %v", err)
	}
}

// The broker does not accept our sequence any more: a new producer goes on, without a pause.
func TestForgottenProducer(t *testing.T) {
	for code, doubles := range map[kafka.Error]bool{kafka.OutOfOrderSequenceNumber: false, kafka.UnknownProducerId: true, kafka.InvalidProducerEpoch: true} {
		b, d, events := newBroker(t, 1), newDisk(), fixture(t)
		o := d.start(t, b, Config{})
		half := len(events) / 2
		if _, err := d.write(t.Context(), o, events[:half]); err != nil {
			t.Fatal(err)
		}
		first := o.producer
		answers := []kafka.Error{kafka.RequestTimedOut, code}
		b.before = func(int32, int) (answer kafka.Error, err error) {
			if len(answers) > 0 {
				answer, answers = answers[0], answers[1:]
			}
			return answer, nil
		}
		if _, err := d.write(t.Context(), o, events[half:]); err == nil {
			t.Fatal("no error")
		}
		if _, err := d.write(t.Context(), o, events[half:]); err != nil {
			t.Fatal(err)
		}
		b.holds(t, events)
		if o.producer == first || (d.unchecked > 0) != doubles {
			t.Errorf("%v: producer %v before, %v after, %d possible doubles", code, first, o.producer, d.unchecked)
		}
	}
}

func TestForgottenForEverEndsTheWrite(t *testing.T) {
	b, d, events := newBroker(t, 1), newDisk(), fixture(t)
	b.before = func(int32, int) (kafka.Error, error) { return kafka.OutOfOrderSequenceNumber, nil }
	if _, err := d.write(t.Context(), d.start(t, b, Config{}), events); err == nil {
		t.Fatal("no error")
	}
}

func TestMissingTopic(t *testing.T) {
	b, d, events := newBroker(t, 1), newDisk(), fixture(t)
	b.metadata = func() kafka.Error { return kafka.UnknownTopicOrPartition }
	o := d.start(t, b, Config{})
	for n, blocked := range []bool{false, true, true} {
		_, err := d.write(t.Context(), o, events)
		if f := outputs.FaultOf(err); f.Reason != "topic_missing" || f.Blocked != blocked {
			t.Errorf("try %d: got %v", n, err)
		}
	}
	b.metadata = nil
	if _, err := d.write(t.Context(), o, events); err != nil {
		t.Fatal(err)
	}
	b.holds(t, events)
}

func TestSequenceWraps(t *testing.T) {
	b, d, events := newBroker(t, 1), newDisk(), fixture(t)
	o := d.start(t, b, Config{})
	if _, err := d.write(t.Context(), o, events[:1]); err != nil {
		t.Fatal(err)
	}
	o.partitions[0].Sequence = 1<<31 - 5
	last := &b.logs[0].producers[o.producer.ID][0]
	last.first, last.last = 1<<31-6, 1<<31-6
	for _, part := range [][]event.Event{events[1:20], events[20:]} {
		if _, err := d.write(t.Context(), o, part); err != nil {
			t.Fatal(err)
		}
	}
	b.holds(t, events)
	if got := o.partitions[0].Sequence; got != int32(len(events)-1-5) {
		t.Errorf("sequence %d", got)
	}
}

func TestThrottled(t *testing.T) {
	b, d, events := newBroker(t, 1), newDisk(), fixture(t)
	o := d.start(t, b, Config{})
	o.paused = d.now.Add(3 * time.Second)
	if _, err := d.write(t.Context(), o, events); outputs.FaultOf(err).RetryAfter != 3*time.Second {
		t.Fatalf("got %v", err)
	}
	d.now = d.now.Add(3 * time.Second)
	if _, err := d.write(t.Context(), o, events); err != nil {
		t.Fatal(err)
	}
}

package kafka

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

func TestDelivers(t *testing.T) {
	for _, key := range append([]string{""}, keys...) {
		t.Run(key, func(t *testing.T) {
			b, d, events := newBroker(t, 5), newDisk(), fixture(t)
			o := d.start(t, b, Config{Key: key})
			for half := range slices.Chunk(events, len(events)/2) {
				if ack, err := d.write(t.Context(), o, half); err != nil || ack.Duplicates != 0 {
					t.Fatalf("got %+v, %v", ack, err)
				}
			}
			b.holds(t, events)
			if want := len(events) / (len(events) / 2); d.saves != want {
				t.Errorf("%d saves for %d Writes", d.saves, want)
			}
		})
	}
}

func TestOrderWithinPartitions(t *testing.T) {
	b, d, events := newBroker(t, 3), newDisk(), fixture(t)
	if _, err := d.write(t.Context(), d.start(t, b, Config{Key: "user"}), events); err != nil {
		t.Fatal(err)
	}
	position := make(map[string]int)
	for i := range events {
		position[events[i].ID.String()] = i
	}
	for n, l := range b.logs {
		if !slices.IsSortedFunc(l.records, func(a, b record) int { return position[a.id] - position[b.id] }) {
			t.Errorf("partition %d is out of order", n)
		}
	}
}

// An error that leaves open what happened: the same batches come again, and the broker drops what it has.
func TestRetryIsHidden(t *testing.T) {
	for name, answer := range map[string]struct {
		code kafka.Error
		err  error
	}{
		"connection cut": {err: errCut},
		"timed out":      {code: kafka.RequestTimedOut},
		"no replicas":    {code: kafka.NotEnoughReplicasAfterAppend},
		"leader moved":   {code: kafka.NotLeaderForPartition},
	} {
		t.Run(name, func(t *testing.T) {
			b, d, events := newBroker(t, 4), newDisk(), fixture(t)
			o := d.start(t, b, Config{Key: "none"})
			hidden := 0
			b.after = func(partition int32, count int) (kafka.Error, error) {
				if partition == 2 && hidden == 0 {
					hidden = count
					return answer.code, answer.err
				}
				return 0, nil
			}
			if _, err := d.write(t.Context(), o, events); err == nil || outputs.FaultOf(err).Permanent || outputs.FaultOf(err).Blocked {
				t.Fatalf("got %v", err)
			}
			ack, err := d.write(t.Context(), o, events)
			if err != nil || ack.Duplicates < hidden || hidden == 0 {
				t.Fatalf("got %+v, %v; want %d duplicates", ack, err, hidden)
			}
			b.holds(t, events)
			if d.unchecked != 0 {
				t.Errorf("%d possible doubles counted", d.unchecked)
			}
		})
	}
}

// A crash after the batches were stored and before the answer.
func TestCrashIsHidden(t *testing.T) {
	b, d, events := newBroker(t, 4), newDisk(), fixture(t)
	ctx, crash := context.WithCancel(t.Context())
	b.after = func(int32, int) (kafka.Error, error) { crash(); return 0, errCut }
	if _, err := d.write(ctx, d.start(t, b, Config{Key: "none"}), events); err == nil {
		t.Fatal("no error")
	}
	b.after = nil
	b.restart()
	o := d.start(t, b, Config{Key: "none"})
	ack, err := d.write(t.Context(), o, events)
	if err != nil || ack.Duplicates == 0 {
		t.Fatalf("got %+v, %v", ack, err)
	}
	b.holds(t, events)
	if string(d.state) != string(idle) || o.named {
		t.Errorf("state %s, the old producer is still in use", d.state)
	}
}

// More partitions while a Write is under way: it ends as it began, later ones use them all.
func TestPartitionsAreAdded(t *testing.T) {
	b, d, events := newBroker(t, 2), newDisk(), fixture(t)
	half := len(events) / 2
	b.cut(t, d, d.start(t, b, Config{Key: "none"}), events[:half])
	b.grow(6)
	o := d.start(t, b, Config{Key: "none"})
	for _, part := range [][2]int{{0, half}, {half, len(events)}} {
		if _, err := d.write(t.Context(), o, events[part[0]:part[1]]); err != nil {
			t.Fatal(err)
		}
	}
	b.holds(t, events)
	for n, l := range b.logs[2:] {
		if len(l.records) == 0 {
			t.Errorf("partition %d is empty", n+2)
		}
	}
}

func TestOtherEventsThanBefore(t *testing.T) {
	b, d, events := newBroker(t, 1), newDisk(), fixture(t)
	b.cut(t, d, d.start(t, b, Config{}), events[:10])
	o := d.start(t, b, Config{})
	if _, err := d.write(t.Context(), o, events[1:]); err != nil {
		t.Fatal(err)
	}
	if ids := b.ids(); len(ids) != len(events) || d.unchecked != 10 {
		t.Fatalf("%d of %d events in the topic, %d possible doubles counted, want 10", len(ids), len(events), d.unchecked)
	}
}

func TestOtherClusterStartsAnew(t *testing.T) {
	old, d, events := newBroker(t, 2), newDisk(), fixture(t)
	old.cut(t, d, d.start(t, old, Config{Key: "none"}), events)
	b := newBroker(t, 2)
	b.cluster = "c2"
	o := d.start(t, b, Config{Key: "none"})
	if ack, err := d.write(t.Context(), o, events); err != nil || ack.Duplicates != 0 {
		t.Fatalf("got %+v, %v", ack, err)
	}
	b.holds(t, events)
}

// Nothing may be sent before the intent is on disk.
func TestSaveFails(t *testing.T) {
	b, d, events := newBroker(t, 2), newDisk(), fixture(t)
	o := d.start(t, b, Config{})
	d.fail = errors.New("disk full")
	if _, err := d.write(t.Context(), o, events); !errors.Is(err, d.fail) || b.requests != 0 {
		t.Fatalf("got %v after %d requests", err, b.requests)
	}
	d.fail = nil
	if _, err := d.write(t.Context(), o, events); err != nil {
		t.Fatal(err)
	}
	b.holds(t, events)
}

// After a long stop the broker may have forgotten the batch in doubt, or not.
func TestLongStop(t *testing.T) {
	for _, forgotten := range []bool{false, true} {
		b, d, events := newBroker(t, 1), newDisk(), fixture(t)
		b.cut(t, d, d.start(t, b, Config{}), events)
		d.now = d.now.Add(13 * time.Hour)
		if forgotten {
			clear(b.logs[0].producers)
		}
		ack, err := d.write(t.Context(), d.start(t, b, Config{}), events)
		if err != nil || (ack.Unchecked == len(events)) != forgotten || (ack.Duplicates == len(events)) == forgotten {
			t.Errorf("forgotten: %t, got %+v, %v", forgotten, ack, err)
		}
	}
}

func TestStateOfAnotherVersion(t *testing.T) {
	events := fixture(t)
	for _, state := range []string{`{"version":99}`, `nonsense`} {
		b, d := newBroker(t, 1), newDisk()
		d.state, d.pending = []byte(state), 7
		ack, err := d.write(t.Context(), d.start(t, b, Config{}), events)
		if err != nil || ack.Unchecked != 7 {
			t.Errorf("%s: got %+v, %v; want 7 possible doubles", state, ack, err)
		}
		b.holds(t, events)
	}
}

// The topic is deleted and made again with fewer partitions, and then gets more: no batch may be taken for one of before.
func TestTopicIsMadeAnew(t *testing.T) {
	b, d, events := newBroker(t, 4), newDisk(), fixture(t)
	o := d.start(t, b, Config{Key: "none"})
	half := len(events) / 2
	b.cut(t, d, o, events[:half])
	old := b.logs
	b.logs = nil
	b.grow(2)
	for range believed - 1 {
		if _, err := d.write(t.Context(), o, events[:half]); outputs.FaultOf(err).Reason != "no_leader" {
			t.Fatalf("got %v", err)
		}
	}
	if _, err := d.write(t.Context(), o, events[:half]); err != nil {
		t.Fatal(err)
	}
	b.logs = append(b.logs, old[2:]...) // a broker that was slow to hear of it
	stored := len(b.ids())
	if _, err := d.write(t.Context(), o, events[half:]); err != nil || len(b.ids()) != stored+len(events)-half {
		t.Fatalf("%d of %d events stored, %v", len(b.ids())-stored, len(events)-half, err)
	}
}

// After a restart with another compression, what is in doubt is still sent as it was.
func TestCompressionChanges(t *testing.T) {
	b, d, events := newBroker(t, 1), newDisk(), fixture(t)
	b.limit = 60_000
	b.cut(t, d, d.start(t, b, Config{}), events)
	o := d.start(t, b, Config{Compression: "none"})
	ack, err := d.write(t.Context(), o, events)
	if err != nil || ack.Duplicates == 0 || o.codec.name != "none" {
		t.Fatalf("got %+v, %v, then compression %s", ack, err, o.codec.name)
	}
	b.holds(t, events)
}

func TestNothingToWrite(t *testing.T) {
	b, d := newBroker(t, 1), newDisk()
	if ack, err := d.start(t, b, Config{}).Write(t.Context(), nil); err != nil || ack.State != nil || b.requests != 0 {
		t.Fatalf("got %+v, %v", ack, err)
	}
}

func TestConformance(t *testing.T) {
	outputtest.Run(t, func(t *testing.T) outputtest.Subject {
		b := newBroker(t, 3)
		return outputtest.Subject{
			SeesRepeats: true,
			New: func(t *testing.T) outputs.Output {
				o := newOutput(t, b, Config{Key: "user"})
				o.now = time.Now
				return o
			},
			Arrived: func(*testing.T) (ids []string) {
				for id, n := range b.ids() {
					ids = append(ids, slices.Repeat([]string{id}, n)...)
				}
				return ids
			},
		}
	})
}

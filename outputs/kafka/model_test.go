package kafka

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/agent/event"
)

// TestAnyFaults writes events under random faults, crashes and restarts of brokers. Whatever happens, every event must
// stand in the topic once.
func TestAnyFaults(t *testing.T) {
	fixed := append(fixture(t), large(t, 30_000), large(t, 90_000))
	hidden := 0
	for seed := range uint64(80) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := &world{T: t, random: rand.New(rand.NewPCG(seed, 1)), broker: newBroker(t, 1+int(seed%5)), disk: newDisk()}
			w.broker.limit = 3000 + w.random.IntN(60_000)
			w.config = Config{Key: keys[w.random.IntN(len(keys))], Compression: "none"}
			if seed%8 == 0 {
				w.config.Compression = "zstd"
			}
			all := slices.Clone(fixed)
			w.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			w.run(all)
			w.broker.holds(t, all)
			if w.disk.unchecked != 0 {
				t.Errorf("%d possible doubles counted", w.disk.unchecked)
			}
			hidden += w.hidden
		})
	}
	if hidden == 0 {
		t.Error("no duplicate was met: the faults missed the window")
	}
}

type world struct {
	*testing.T
	random *rand.Rand
	broker *broker
	disk   *disk
	config Config
	output *Output

	hidden int // duplicates that were met
}

var errCrash = errors.New("crash")

func (w *world) run(all []event.Event) {
	w.broker.before = func(int32, int) (kafka.Error, error) {
		return w.fault(kafka.NotLeaderForPartition, kafka.NotEnoughReplicas)
	}
	w.broker.after = func(int32, int) (kafka.Error, error) {
		return w.fault(kafka.RequestTimedOut, kafka.NotEnoughReplicasAfterAppend)
	}
	w.output = w.disk.start(w, w.broker, w.config)
	for done := 0; done < len(all); {
		n := 1 + w.random.IntN(len(all)-done)
		w.deliver(all[done : done+n])
		done += n
	}
}

// deliver writes until it is acknowledged, as the pipeline does; after a crash the events are decoded anew.
func (w *world) deliver(events []event.Event) {
	for {
		w.disk.fail = nil
		if w.random.IntN(10) == 0 {
			w.disk.fail = errCrash
		}
		ack, err := w.disk.write(w.Context(), w.output, events)
		w.hidden += ack.Duplicates
		if err == nil {
			return
		}
		if w.random.IntN(3) == 0 {
			w.broker.restart()
		}
		if w.random.IntN(2) == 0 {
			for i := range events {
				events[i].Trimmed = 0
			}
			w.output = w.disk.start(w, w.broker, w.config)
		}
		if w.random.IntN(5) == 0 && len(w.broker.logs) < 9 {
			w.broker.grow(len(w.broker.logs) + 1)
		}
	}
}

func (w *world) fault(codes ...kafka.Error) (kafka.Error, error) {
	switch w.random.IntN(8) {
	case 0:
		return 0, errCut
	case 1:
		return codes[w.random.IntN(len(codes))], nil
	}
	return 0, nil
}

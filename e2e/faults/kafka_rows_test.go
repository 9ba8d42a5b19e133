package faults

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func kafkaRows() []row {
	hits := []string{"bus"}
	return []row{
		{name: "Kafka: message too large, max.message.bytes lowered to 3000", hits: hits, quick: true, lasts: 8 * time.Second,
			dead: map[string]int{"bus": hopeless},
			cause: func(r *run) {
				limited("3000")(r)
				r.writeHopeless(hopeless)
				r.refuses(hopelessLength)
			},
			end: limited("1048588"), check: func(r *run) { r.reasons("bus", "too_large") }},
		{name: "Kafka: three partitions added, then the agent killed (-9)", settings: spread,
			cause: func(r *run) {
				must(r.T, r.kafka.admin(r.Context(), func(ctx context.Context, admin *kadm.Client) error {
					added, err := admin.CreatePartitions(ctx, 3, r.topic())
					return errors.Join(err, added.Error())
				}))
				r.pause(5 * time.Second)
				r.process.Kill()
				r.start()
			}},
	}
}

// clusterRows need three brokers.
func clusterRows() []row {
	hits := []string{"bus"}
	stopped := func(signal syscall.Signal) func(*run) {
		return func(r *run) { must(r.T, r.kafka.brokers[2].Signal(signal)) }
	}
	return []row{
		{name: "Kafka: leader killed (-9), another takes over", hits: hits, brokers: []int32{2, 3, 1}, lasts: 20 * time.Second,
			cause: kill(1), end: revive(1)},
		{name: "Kafka: two of three replicas gone, min.insync.replicas 2", hits: hits, brokers: []int32{1, 2, 3}, lasts: 20 * time.Second,
			cause: kill(1, 2), end: revive(1, 2)},
		{name: "Kafka: follower stalls, produce times out after the leader appended", hits: hits, brokers: []int32{1, 2, 3},
			cause: stopped(syscall.SIGSTOP), lasts: 15 * time.Second, end: stopped(syscall.SIGCONT)},
		{name: "Kafka: follower stalls, and the agent is killed (-9) meanwhile", brokers: []int32{1, 2, 3},
			cause: func(r *run) {
				stopped(syscall.SIGSTOP)(r)
				r.pause(6 * time.Second)
				r.process.Kill()
				r.start()
			},
			lasts: 3 * time.Second, end: stopped(syscall.SIGCONT)},
	}
}

const (
	hopeless       = 20   // events
	hopelessLength = 8000 // of the audit ID of each, which can't be left out
)

// writeHopeless has n events in the log that are too large also without all that can be left out.
func (r *run) writeHopeless(n int) {
	r.apiserver.stop(r)
	r.apiserver.spec.Hopeless = n
	r.apiserver.start(r)
	r.apiserver.spec.Hopeless = 0
}

// refuses wants the broker itself to refuse a record of this size: whatever the agent says of it is not invented.
func (r *run) refuses(size int) {
	client, err := kgo.NewClient(kgo.SeedBrokers(r.kafka.plain()), kgo.DefaultProduceTopic(r.topic()), kgo.ProducerBatchCompression(kgo.NoCompression()))
	must(r.T, err)
	defer client.Close()
	ctx, cancel := context.WithTimeout(r.Context(), clientLimit)
	defer cancel()
	if err := client.ProduceSync(ctx, kgo.SliceRecord(make([]byte, size))).FirstErr(); !errors.Is(err, kerr.MessageTooLarge) {
		r.Errorf("a record of %d bytes: got %v, want %v", size, err, kerr.MessageTooLarge)
	}
}

func spread(_ *run, config *agent.Config) {
	for _, output := range config.Outputs {
		if output.Kafka != nil {
			output.Kafka.Key = "audit_id"
		}
	}
}

func limited(maxMessageBytes string) func(*run) {
	return func(r *run) {
		must(r.T, r.kafka.admin(r.Context(), func(ctx context.Context, admin *kadm.Client) error {
			change := kadm.AlterConfig{Op: kadm.SetConfig, Name: "max.message.bytes", Value: &maxMessageBytes}
			answers, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{change}, r.topic())
			for _, answer := range answers {
				err = errors.Join(err, answer.Err)
			}
			return err
		}))
	}
}

func kill(brokers ...int) func(*run) {
	return func(r *run) {
		for _, i := range brokers {
			must(r.T, r.kafka.brokers[i].Kill())
		}
	}
}

func revive(brokers ...int) func(*run) {
	return func(r *run) {
		for _, i := range brokers {
			must(r.T, restart(r.Context(), &r.kafka.brokers[i]))
		}
	}
}

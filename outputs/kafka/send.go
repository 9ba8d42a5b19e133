package kafka

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
)

// answer is what became of a batch.
type answer struct {
	code     kafka.Error
	stamp    int64         // log append time in milliseconds; see Output.known
	throttle time.Duration // how long the broker asks us to wait
	err      error         // there was no answer
}

var errNoAnswer = errors.New("the broker's answer does not speak of the partition")

// send sends the encoded batches, to all leaders side by side but to each in one request, and waits for the answers.
func (o *Output) send(ctx context.Context, t topic) {
	ctx, cancel := context.WithTimeout(ctx, o.env.Timeout)
	defer cancel()
	var group sync.WaitGroup
	for leader, partitions := range o.byLeader(t) {
		if leader < 0 {
			continue
		}
		group.Go(func() { o.produce(ctx, partitions) })
	}
	group.Wait()
}

func (o *Output) byLeader(t topic) map[int32][]*partition {
	byLeader := make(map[int32][]*partition, 1)
	for i := range o.partitions {
		p := &o.partitions[i]
		if !p.open() {
			continue
		}
		p.answer = answer{code: kafka.LeaderNotAvailable}
		byLeader[t.leaders[i]] = append(byLeader[t.leaders[i]], p)
	}
	return byLeader
}

// produce sends the batches of partitions that have the same leader.
func (o *Output) produce(ctx context.Context, partitions []*partition) {
	sets := make([]payload, len(partitions))
	request := rawproduce.RequestTopic{Topic: o.cfg.Topic, Partitions: make([]rawproduce.RequestPartition, len(partitions))}
	for i, p := range partitions {
		sets[i].Reset(o.sets[p.start:p.end])
		request.Partitions[i] = rawproduce.RequestPartition{Partition: p.Partition, RecordSet: protocol.RawRecordSet{Reader: &sets[i]}}
	}
	response, err := o.link.roundTrip(ctx, &rawproduce.Request{
		Acks:    int16(kafka.RequireAll),
		Timeout: int32(o.env.Timeout.Milliseconds() / 2), // so that the broker's word comes before our own deadline
		Topics:  []rawproduce.RequestTopic{request},
	})
	for i, p := range partitions {
		sets[i].revoke()
		p.answer = answerFor(p.Partition, response, err)
	}
}

func answerFor(partition int32, response protocol.Message, err error) answer {
	if err != nil {
		return answer{err: err}
	}
	r, ok := response.(*produce.Response)
	if !ok {
		return answer{err: errNoAnswer}
	}
	for _, t := range r.Topics {
		for _, p := range t.Partitions {
			if p.Partition == partition {
				throttle := time.Duration(r.ThrottleTimeMs) * time.Millisecond
				return answer{code: kafka.Error(p.ErrorCode), stamp: p.LogAppendTime, throttle: throttle}
			}
		}
	}
	return answer{err: errNoAnswer}
}

// payload is an encoded batch on its way into a request. A round trip whose context ended goes on in kafka-go's
// goroutines, so before the memory is used again it is revoked: a request that was not yet written then fails.
type payload struct {
	mu      sync.Mutex
	revoked bool
	bytes.Reader
}

var errRevoked = errors.New("the request was given up")

func (p *payload) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.revoked {
		return 0, errRevoked
	}
	return p.Reader.Read(b)
}

// WriteTo is how kafka-go copies the batch into its own memory.
func (p *payload) WriteTo(w io.Writer) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.revoked {
		return 0, errRevoked
	}
	return p.Reader.WriteTo(w)
}

func (p *payload) revoke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.revoked = true
}

// Package forward delivers events to Fluentd, Fluent Bit, Vector, an OpenTelemetry Collector and whatever else speaks the Forward
// Protocol v1 (https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1).
//
// # Acknowledgements
//
// Events go in the PackedForward mode, or CompressedPackedForward, with the option "chunk", and count as delivered when the
// receiver has sent that chunk's ID back: Fluentd does so when the chunk is in its buffer. Whether that buffer outlives the
// receiver is the receiver's affair: give it a file buffer.
//
// # Repeats
//
// Receivers keep what they get as often as they get it. A chunk's ID is a SHA-256 over the IDs of its events, and what is about to
// be sent is in the state before: after a crash, or an acknowledgement that did not come, the same chunk is sent again with the
// same ID, by which a receiver could know it. Those of today do not, so such a chunk may stand there twice: it is counted
// (Ack.Unchecked). Each event also has its ID in it (auditship.id), by which repeats can be found later.
//
// # What is refused
//
// The protocol has no way to refuse a chunk: a receiver that can't read one, or finds it too large, closes the connection. So a chunk
// that has been cut off twice is sent in halves from then on, until the event that is at fault stands alone: that is an
// alarm. What real receivers choke on is not sent: chunks stay below 4 MiB where one event is not longer than that, and what is
// nested deeper than 28 levels is sent as a string with its JSON.
package forward

import (
	"context"
	"fmt"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
)

// maxEvent suits Fluent Bit, which takes 6 MB at once by default (Buffer_Max_Size): JSON of this length becomes at most 4.5 MiB.
const maxEvent = 2 << 20

// manyEvents is more than a chunk has of them.
const manyEvents = 1 << 16

// Output delivers to one receiver at a time. It belongs to one goroutine.
type Output struct {
	env      outputs.Env
	cfg      Config
	key      *credentials.Secret
	password *credentials.Secret
	tls      *credentials.Client
	resume   outputs.Resume

	link *link // nil: none is open
	next int   // the address to try first

	chunk chunk
	zip   *gzip.Writer // nil: nothing is compressed
	most  int          // events of a chunk; 0: as many as fit
	cuts  int          // how often in a row a connection was cut behind a chunk
	doubt int          // of the events that are written next: the first so many may have arrived before
	now   func() time.Time
}

// New makes an Output. The Config must be valid.
func New(cfg Config, env outputs.Env) (*Output, error) {
	if cfg.Tag == "" {
		cfg.Tag = defaultTag
	}
	o := &Output{
		env: env, cfg: cfg, tls: credentials.NewClient(cfg.TLS), now: time.Now,
		key:      credentials.NewSecret(cfg.SharedKey, cfg.SharedKeyFile),
		password: credentials.NewSecret(cfg.Password, cfg.PasswordFile),
	}
	if cfg.Compression == gzipped {
		var err error
		if o.zip, err = gzip.NewWriterLevel(nil, gzip.BestSpeed); err != nil {
			return nil, fmt.Errorf("make a forward output: %w", err)
		}
	}
	return o, nil
}

// Open remembers what a crash left in doubt. Nothing is sent.
func (o *Output) Open(_ context.Context, r outputs.Resume) error {
	o.resume, o.doubt = r, r.Pending
	return nil
}

// Traits: one chunk at a time, so that after a crash no more than one Write is in doubt.
func (o *Output) Traits() outputs.Traits { return outputs.Traits{Writes: 1, MaxEventBytes: maxEvent} }

// Close ends the connection.
func (o *Output) Close() error {
	o.hangUp()
	return nil
}

// Write delivers the events, in one chunk where they fit in one.
func (o *Output) Write(ctx context.Context, events []event.Event) (outputs.Ack, error) {
	if err := ctx.Err(); err != nil {
		return outputs.Ack{}, err
	}
	if err := o.resume.Save(ctx, nil); err != nil {
		return outputs.Ack{}, fmt.Errorf("keep what is sent: %w", err)
	}
	done := 0
	for done < len(events) {
		n, err := o.encode(events[done:])
		if err != nil {
			return outputs.Ack{}, fmt.Errorf("encode a chunk: %w", err)
		}
		if sent, fault := o.deliver(ctx, n); fault != nil {
			return o.failed(ctx, fault, done, sent, len(events))
		}
		done += n
	}
	return o.acknowledged(done), nil
}

// deliver sends the chunk, of n events, and waits for its acknowledgement. Of a chunk that failed, sent events may have arrived.
func (o *Output) deliver(ctx context.Context, n int) (sent int, fault *outputs.Fault) {
	if fault := o.connect(ctx); fault != nil {
		return 0, fault
	}
	fault = o.link.exchange(ctx, o.env.Timeout, o.chunk.message, o.chunk.id)
	if fault == nil {
		o.link.used = o.now()
		if o.link.once {
			o.hangUp()
		}
		o.grow()
		return n, nil
	}
	o.hangUp()
	o.next++
	if fault.Reason == cut {
		o.halve(n, fault)
	}
	return n, fault
}

// halve makes the next chunk smaller. Not at once: a receiver that has just been restarted cuts as well, and may have what it got.
func (o *Output) halve(n int, fault *outputs.Fault) {
	if o.cuts++; o.cuts < 2 {
		return
	}
	o.most = max(1, n/2)
	fault.Blocked = n == 1
}

// grow makes the next chunk larger, if they had become small.
func (o *Output) grow() {
	o.cuts = 0
	if o.most *= 2; o.most > manyEvents {
		o.most = 0
	}
}

// failed is what Write returns when a chunk has failed and the done events before it have been acknowledged. Those of the chunk come
// again first, and where that is all that is known, the ones before them too.
func (o *Output) failed(ctx context.Context, fault *outputs.Fault, done, sent, all int) (outputs.Ack, error) {
	if ctx.Err() != nil || done == 0 {
		o.doubt = max(o.doubt, done+sent)
		if ctx.Err() != nil {
			return outputs.Ack{}, ctx.Err()
		}
		return outputs.Ack{}, fault
	}
	ack := o.acknowledged(done)
	o.doubt = max(o.doubt, sent)
	var failures []outputs.Failure
	for i := done; i < all; i++ {
		failures = append(failures, outputs.Failure{Index: i, Err: fault})
	}
	return ack, &outputs.PartialError{Failures: failures}
}

// acknowledged is the Ack for the first done events.
func (o *Output) acknowledged(done int) outputs.Ack {
	unchecked := min(o.doubt, done)
	o.doubt -= unchecked
	return outputs.Ack{Unchecked: unchecked}
}

// Package http delivers events by POST to whatever takes them so: Splunk's HTTP Event Collector, Vector, Fluent Bit, OpenSearch
// Data Prepper, Cribl, a function of one's own.
//
// # Repeats
//
// Such a receiver keeps what it gets as often as it gets it. So each request carries an Idempotency-Key, a SHA-256 over the IDs
// of its events (draft-ietf-httpapi-idempotency-key-header), and what is about to be sent is in the state before: after a
// crash, or an answer that did not come, exactly the same request is sent again, with the same key. A receiver that heeds the key
// sees every event once. With others a batch may stand there twice after a crash: it is counted (Ack.Unchecked), as are
// the events before one that Splunk finds invalid, which it keeps. Each event also has its ID in it (auditship.id), by which repeats
// can be found later.
//
// # What is refused
//
// 2xx is an acknowledgement, from Splunk one with its word for success in it. A request that is too large (413) or refused (400, 422) is sent in halves, until it is known which
// event is at fault: that one is sent without its bodies, and is a dead letter if that is of no use either. A receiver that has not taken
// anything yet and refuses an event sent alone is not what the configuration says it is: that is an alarm, as are 401, 403, 404 and what nobody
// expects. All else (429, 5xx, 408, no answer) is tried again.
package http

import (
	"cmp"
	"context"
	"fmt"
	nethttp "net/http"

	"github.com/klauspost/compress/gzip"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
	"github.com/auditship/auditship/outputs/post"
)

const (
	maxEvent = 16 << 20
	maxKept  = 4 << 20 // buffers that one large event has made larger are let go
)

// Output delivers to one URL. It belongs to one goroutine.
type Output struct {
	env    outputs.Env
	cfg    Config
	resume outputs.Resume
	client *post.Client
	zip    *gzip.Writer
	body   []byte
	zipped []byte
	filed  []byte // what Splunk files every event under

	doubt    int    // of the events that are written next: the first so many may have arrived before
	arrivals []span // of a Write, in the order in which they begin: events that may have arrived with requests that failed
	failures []outputs.Failure
	healthy  bool // something was accepted since the start
}

// span is the events of a Write from one index to before another.
type span struct{ from, to int }

// New makes an Output. The Config must be valid.
func New(cfg Config, env outputs.Env) (*Output, error) {
	if cfg.Format == "" {
		cfg.Format = Lines
	}
	if cfg.Format == Splunk && cfg.TokenScheme == "" {
		cfg.TokenScheme = "Splunk"
	}
	o := &Output{env: env, cfg: cfg, filed: filing(cfg, env.Node)}
	header := nethttp.Header{"Content-Type": {contentTypes[cfg.Format]}}
	if cfg.Compression != plain {
		header.Set("Content-Encoding", gzipped)
		var err error
		if o.zip, err = gzip.NewWriterLevel(nil, gzip.BestSpeed); err != nil {
			return nil, fmt.Errorf("make an HTTP output: %w", err)
		}
	}
	for name, value := range cfg.Headers {
		header.Set(name, value)
	}
	o.client = post.New(post.Config{
		URL: cfg.URL, Header: header, Username: cfg.Username, Scheme: cfg.TokenScheme, TLS: cfg.TLS, Timeout: env.Timeout,
		Password: credentials.NewSecret(cfg.Password, cfg.PasswordFile),
		Token:    credentials.NewSecret(cfg.BearerToken, cfg.BearerTokenFile),
	})
	return o, nil
}

// Open remembers what a crash left in doubt. Nothing is sent.
func (o *Output) Open(_ context.Context, r outputs.Resume) error {
	o.resume, o.doubt = r, r.Pending
	return nil
}

// Traits: one request at a time, so that after a crash no more than one is in doubt.
func (o *Output) Traits() outputs.Traits { return outputs.Traits{Writes: 1, MaxEventBytes: maxEvent} }

// Close ends the connections.
func (o *Output) Close() error {
	o.client.Close()
	return nil
}

// Write delivers the events, in one request where the receiver takes it.
func (o *Output) Write(ctx context.Context, events []event.Event) (outputs.Ack, error) {
	if err := ctx.Err(); err != nil {
		return outputs.Ack{}, err
	}
	if err := o.resume.Save(ctx, nil); err != nil {
		return outputs.Ack{}, fmt.Errorf("keep what is sent: %w", err)
	}
	o.failures, o.arrivals = o.failures[:0], o.arrivals[:0]
	if cap(o.body) > maxKept {
		o.body, o.zipped = nil, nil
	}
	return o.acknowledge(ctx, o.deliver(ctx, events, 0), len(events))
}

// acknowledge is what Write returns when all events were sent, or err kept it from that.
func (o *Output) acknowledge(ctx context.Context, err error, all int) (outputs.Ack, error) {
	settled := o.settled(all)
	repeats, reach := o.repeats(settled)
	if ctx.Err() != nil || settled == 0 && err != nil { // nothing is known of any event
		o.doubt = max(reach, settled)
		return outputs.Ack{}, cmp.Or(ctx.Err(), err)
	}
	ack := outputs.Ack{Unchecked: repeats}
	o.doubt = max(reach-settled, 0)
	if len(o.failures) > 0 {
		return ack, &outputs.PartialError{Failures: o.failures}
	}
	return ack, nil
}

// repeats is how many of the first settled events may have arrived more than once, before this Write or with requests of it that
// failed, and before which index all those are that may have arrived at all without being acknowledged.
func (o *Output) repeats(settled int) (n, reach int) {
	n, reach = min(o.doubt, settled), o.doubt
	for _, s := range o.arrivals {
		n += max(min(s.to, settled)-max(s.from, reach), 0)
		reach = max(reach, s.to)
	}
	return n, reach
}

// settled is how many events of a Write, from the first on, need not be written again.
func (o *Output) settled(all int) int {
	for _, f := range o.failures {
		if !outputs.FaultOf(f.Err).Permanent {
			return f.Index
		}
	}
	return all
}

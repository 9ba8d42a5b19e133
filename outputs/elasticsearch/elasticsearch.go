// Package elasticsearch delivers events to Elasticsearch or OpenSearch, by the bulk API, into a data stream or into an
// index for each day.
//
// Repeats. The _id of a document is the event's ID, and it is only ever created, so a repeat is answered with 409 and
// counted. An index for each day takes an event twice never: its name comes from the event's time. A data stream that was
// rolled over would, since each of its indices has IDs of its own; there, whatever may have been stored before is looked
// up first (see doubts).
//
// Refusals. What the server refuses an event for is mostly in its bodies, which clients write. So a refused event is
// sent again with its bodies as a text, then without more and more (see steps), and in the end as a stub that any index can
// store: nobody can keep an event out of the index by what it asks for, nor by what others have asked for before. An event is
// only given up where it is to blame (see write.blame).
//
// Ingest pipelines of the server may change events, but leave none out: what one drops is answered like a success, and stored
// nowhere. It is a dead letter, as it is. What shall not be shipped is a rule's to say.
//
// Rights that the agent's user needs: create_doc and auto_configure on the index or data stream; for a data stream also
// read and maintenance, for looking up. Setup needs manage_index_templates, and should be another user's. An agent that has
// that, too, does it by itself where there is neither an index nor a template for it (see install).
package elasticsearch

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// writes is how many requests are under way at a time: while the server works on one, the next is made.
const writes = 2

const maxEventBytes = 16 << 20

// Output is one Elasticsearch cluster.
type Output struct {
	log      *slog.Logger
	client   *client
	maxBytes int
	make     func() *write
	idle     chan *write // memory of Writes, for the next ones
	doubts   *doubts     // nil: an index for each day, where nothing is in doubt

	template    *template
	preparation *preparation

	told sync.Once // that events are trimmed, and why

	// takes tells that the destination is able to store events: the last Write of several had at least one stored.
	takes atomic.Bool
}

// New makes an Output. It neither reads a file nor connects. cfg must be valid.
func New(cfg Config, env outputs.Env) (*Output, error) {
	servers, err := newServers(cfg)
	if err != nil {
		return nil, err
	}
	pattern, err := parsePattern(cfg.Index)
	if err != nil {
		return nil, err
	}
	template, err := newTemplate(cfg)
	if err != nil {
		return nil, err
	}
	if env.Timeout <= 0 {
		env.Timeout = 30 * time.Second
	}
	if env.MaxBytes <= 0 {
		env.MaxBytes = 1 << 20
	}
	if env.Log == nil {
		env.Log = slog.New(slog.DiscardHandler)
	}
	o := &Output{
		log:      env.Log,
		client:   &client{servers: servers, timeout: env.Timeout},
		maxBytes: env.MaxBytes,
		idle:     make(chan *write, writes),

		template:    template,
		preparation: newPreparation(cfg.Template != templateOff && cfg.Events != Foreign),
	}
	if cfg.DataStream != "" {
		o.doubts = newDoubts(cfg.DataStream, o.client, env)
	}
	place := placeOf(env.Cluster, env.Node)
	o.make = func() *write {
		return &write{out: o, body: newBody(cfg.Compression != "none"), encoder: encoder{name: cfg.DataStream, pattern: pattern, place: place}}
	}
	return o, nil
}

// Open sends nothing.
func (o *Output) Open(_ context.Context, r outputs.Resume) error {
	if o.doubts != nil {
		o.doubts.replay = r.Replay
	}
	return nil
}

// Write sends the events in one request, in more where the server finds that too large or refuses some.
func (o *Output) Write(ctx context.Context, events []event.Event) (outputs.Ack, error) {
	if len(events) == 0 {
		return outputs.Ack{}, nil
	}
	if fault := o.prepare(ctx, &events[0]); fault != nil {
		return outputs.Ack{}, fault
	}
	w := o.borrow()
	defer o.giveBack(w)
	ack, err := w.deliver(ctx, events)
	if err == nil {
		o.preparation.done.Store(true)
	}
	return ack, err
}

// tell logs the first refusal: without the index template, which auditship setup installs, there are many.
func (o *Output) tell(fault *outputs.Fault) {
	o.told.Do(func() {
		o.log.Warn("store an event: refused as it is, sending it with less, and so with others (auditship_trimmed_events_total); "+
			"if they are many, the index was made without our template: run auditship setup, and have a new index made", "fault", fault.Error())
	})
}

// Traits never change.
func (o *Output) Traits() outputs.Traits {
	return outputs.Traits{Writes: writes, MaxEventBytes: maxEventBytes}
}

// Close closes all connections.
func (o *Output) Close() error {
	o.client.servers.close()
	return nil
}

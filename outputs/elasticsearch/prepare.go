package elasticsearch

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// preparation is what is done before the first event is sent: a look at where events go, and the index template where none is.
type preparation struct {
	turn chan struct{} // holds a token; who has it is at work
	done atomic.Bool
	vain bool // a look came to nothing; belongs to who has the token
}

func newPreparation(needed bool) *preparation {
	p := &preparation{turn: make(chan struct{}, 1)}
	p.turn <- struct{}{}
	p.done.Store(!needed)
	return p
}

// prepare does all this once. The fault is one that sending events would most likely meet as well, so that they wait. After that they
// are sent behind each look, whatever comes of it: who answers nothing but bulk requests gets these, and is looked at no more once it
// has taken some (see Write).
func (o *Output) prepare(ctx context.Context, first *event.Event) *outputs.Fault {
	p := o.preparation
	if p.done.Load() {
		return nil
	}
	select {
	case <-p.turn:
	case <-ctx.Done():
		return &outputs.Fault{Reason: canceled, Err: ctx.Err()}
	}
	defer func() { p.turn <- struct{}{} }()
	if p.done.Load() {
		return nil
	}
	fault := o.install(ctx, o.make().encoder.begin(first))
	switch {
	case fault == nil || !passing(fault):
		p.done.Store(true)
	case ctx.Err() != nil || !p.vain:
		p.vain = true
		return fault
	}
	return nil
}

// passing tells whether what ended a look may be over the next time. Not being let do something is an answer.
func passing(f *outputs.Fault) bool {
	return unknown(f) || f.Reason == overloaded || f.Reason == certificate || f.Reason == secrets || f.Reason == unauthorized && !forbidden(f)
}

func forbidden(f *outputs.Fault) bool {
	return f.Reason == unauthorized && strings.HasPrefix(f.Detail, "status 403")
}

// install has the index template installed where it can shape what is to come, and changes nothing that is there: no index of the
// name is, and no template that anybody made.
func (o *Output) install(ctx context.Context, name string) *outputs.Fault {
	found, fault := o.inspect(ctx, name)
	switch {
	case fault != nil:
		return fault
	case found == opened:
		o.log.Warn("what clients write becomes fields of the index, which fills up and refuses events as they are: run auditship setup, and have a new index made",
			"index", name)
		return nil
	case found != unprepared:
		return nil
	}
	if _, fault = o.putTemplate(ctx, agentPriority, true); fault == nil {
		o.log.Info("installed the index template, since there was none", "template", o.template.name, "for", o.template.matched)
		return nil
	}
	if fault.Reason == refused { // another agent was faster
		if now, again := o.inspectTemplates(ctx, name); again != nil || now != unprepared {
			return again
		}
	}
	if !passing(fault) {
		o.log.Warn("there is no index template for the events, so what clients write becomes fields of the index: run auditship setup",
			"for", o.template.matched, "fault", fault.Error())
	}
	return fault
}

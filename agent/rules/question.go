package rules

import (
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/rules/when"
)

// question is what all rules of all lists share while they judge one event.
type question struct {
	tally   *tally        // where it is noted that a condition could not be answered; nil: nowhere
	request *when.Request // nil until the first condition is asked, as most events have none
}

// ask is what conditions are asked about: one for all of them, so that a body is parsed once however many look into it.
func (q *question) ask(e *event.Event) *when.Request {
	if q.request == nil {
		q.request = when.NewRequest(e, namespace(e))
	}
	return q.request
}

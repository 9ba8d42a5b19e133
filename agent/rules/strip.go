package rules

import "github.com/auditship/auditship/agent/event"

// Strip marks the bodies that the level does not have to be left out of the shipped event.
func (l Level) Strip(e *event.Event) {
	if l < RequestResponse && e.Has(event.ResponseObject) {
		e.Trimmed |= event.Set(event.ResponseObject)
	}
	if l < Request && e.Has(event.RequestObject) {
		e.Trimmed |= event.Set(event.RequestObject)
	}
}

package elasticsearch

import "github.com/auditship/auditship/agent/event"

// steps are what a refused event is sent without, one after the other: first what clients write most freely. It goes step
// by step so that no client gets rid of the rest, such as the object it touched, by one strange key in a place that it
// can write to: an annotation, or a header such as Impersonate-Extra-…. Who acted also stands in the enrichment, which stays.
var steps = [...]event.Fields{
	event.Bodies,
	event.Set(event.Annotations, event.AuthenticationMetadata),
	event.Set(event.ImpersonatedUser),
	event.Set(event.UserAgent, event.SourceIPs),
	event.Set(event.User),
	event.Set(event.ResponseStatus),
}

// trim leaves out the next of what the event has, and in the end all that can go. It reports whether there was any.
func trim(e *event.Event) bool {
	before := e.Trimmed
	for _, step := range steps {
		for f := range event.NumFields {
			if step.Has(f) && e.Has(f) {
				e.Trimmed |= event.Set(f)
			}
		}
		if e.Trimmed != before {
			return true
		}
	}
	e.TrimTo(0)
	return e.Trimmed != before
}

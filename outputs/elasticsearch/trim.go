package elasticsearch

import "github.com/auditship/auditship/agent/event"

// step is a form that a refused event is sent in.
type step struct {
	leave event.Fields // what is left out, of that the event still has
	text  bool         // what is left out goes with it all the same, as one string: auditship.record
	mute  bool         // auditship.trimmed is not there either: an index that can take no more fields may not have it
	core  bool         // of "auditship" there is but what every event has
	stub  bool         // there is nothing but the time and that: an event that every index can store
}

// steps are the forms of an event, one after the other, the first as it is. First goes what clients write most freely, and it goes step
// by step so that no client gets rid of the rest, such as the object it touched, by one strange key in a place that it
// can write to: an annotation, or a header such as Impersonate-Extra-…. Who acted also stands in the enrichment, which stays.
//
// The mute ones and the stubs are for an index that was made without the index template, where the first event with a field says what
// it is, until there are a thousand: such an index may refuse any field, ours included, for what some client has written before.
var steps = [...]step{
	{},
	{leave: event.Bodies, text: true},
	{leave: event.Bodies},
	{leave: event.Bodies | notes, text: true},
	{leave: event.Bodies | notes | event.Set(event.ImpersonatedUser), text: true},
	{leave: event.Bodies | notes | claims, text: true},
	{leave: event.Bodies | notes | claims | event.Set(event.User), text: true},
	{leave: event.Bodies | notes | claims | event.Set(event.User, event.ResponseStatus), text: true},
	{leave: all, text: true},
	{leave: event.Bodies, text: true, core: true},
	{leave: event.Bodies, mute: true},
	{leave: event.Bodies, mute: true, core: true},
	{leave: event.Bodies | notes, mute: true, core: true},
	{leave: event.Bodies | notes | claims, mute: true, core: true},
	{leave: all, mute: true, core: true},
	{leave: everything, stub: true, text: true},
	{leave: everything, stub: true},
}

const everything = event.Fields(1<<event.NumFields - 1)

var (
	notes  = event.Set(event.Annotations, event.AuthenticationMetadata)
	claims = event.Set(event.ImpersonatedUser, event.UserAgent, event.SourceIPs)
	all    = event.Bodies | notes | claims | event.Set(event.User, event.ResponseStatus, event.ObjectRef, event.RequestURI)
)

// look is what tells one form of an event from another.
type look struct {
	left                   event.Fields // what is left out beside what the event came without
	text, mute, core, stub bool
}

func (f *fate) look(e *event.Event, at int) look {
	s := &steps[at]
	left := has(e, s.leave&^f.trimmed)
	return look{left: left, text: s.text && left != 0 && !f.long, mute: s.mute && has(e, f.trimmed|left) != 0, core: s.core && !e.Shape.Bare, stub: s.stub}
}

// lower takes the next step that changes a refused event. It reports whether there was any.
func (f *fate) lower(e *event.Event) bool {
	whole, refused := f.look(e, 0), f.look(e, f.step)
	f.long = f.long || f.fault.Reason == tooLarge
	for f.step+1 < len(steps) {
		f.step++
		next := f.look(e, f.step)
		if next != whole && next != refused {
			e.Trimmed = f.trimmed | next.left
			return true
		}
	}
	return false
}

// has are those of the fields that the event has.
func has(e *event.Event, fields event.Fields) (found event.Fields) {
	for field := range event.NumFields {
		if fields.Has(field) && e.Has(field) {
			found |= event.Set(field)
		}
	}
	return found
}

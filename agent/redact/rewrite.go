package redact

import (
	"errors"
	"fmt"
	"slices"

	"github.com/auditship/auditship/agent/event"
)

// clearTrimmed empties bodies that will not be shipped: the record that is written now shall not hold what they do.
func (r *Redactor) clearTrimmed(e *event.Event) {
	for f := range event.NumFields {
		if !event.Bodies.Has(f) || !e.Trimmed.Has(f) || !e.Has(f) {
			continue
		}
		from := len(r.edits.text)
		r.edits.text = append(r.edits.text, "{}"...)
		value := e.Members[f].Value
		r.edits.add(span{int(value.Start), int(value.End)}, from)
	}
}

// errBroken is a mistake of this package.
var errBroken = errors.New("redaction broke the record")

// rewrite makes all edits, and finds out anew where everything is.
func (r *Redactor) rewrite(e *event.Event, dst []byte) ([]byte, error) {
	r.edits.settle(0)
	start := len(dst)
	dst = r.edits.apply(slices.Grow(dst, r.edits.size(e.Raw)+r.list.size()), e.Raw)
	if err := r.follow(e, dst[start:len(dst):len(dst)]); err != nil {
		return dst[:start], fmt.Errorf("%w: %w", errBroken, err)
	}
	if r.list.count > 0 {
		start = len(dst)
		dst = r.list.finish(dst)
		e.Redacted = dst[start:len(dst):len(dst)]
	}
	return dst, nil
}

// follow finds out where everything is in the rewritten record.
func (r *Redactor) follow(e *event.Event, raw []byte) error {
	was := *e
	request, response, ok := r.grown(e)
	if ok {
		e.Rewrite(raw, request, response)
	} else if err := r.decoder.Decode(raw, e); err != nil {
		*e = was
		return err
	}
	e.Original, e.ID, e.Rule, e.Trimmed = was.Raw, was.ID, was.Rule, was.Trimmed
	return nil
}

// grown is how much longer the bodies have become, if all edits are inside of them: as they mostly are.
func (r *Redactor) grown(e *event.Event) (request, response int, ok bool) {
	inside := func(at span, body event.Span) bool { return at.start > int(body.Start) && at.end < int(body.End) }
	for _, edit := range r.edits.list {
		longer := edit.by.end - edit.by.start - (edit.at.end - edit.at.start)
		switch {
		case inside(edit.at, e.Members[event.RequestObject].Value):
			request += longer
		case inside(edit.at, e.Members[event.ResponseObject].Value):
			response += longer
		default:
			return 0, 0, false
		}
	}
	return request, response, true
}

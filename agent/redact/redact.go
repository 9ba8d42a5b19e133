// Package redact takes secrets out of events before anything else gets them: what Secrets hold and tokens, wherever in a body
// they stand, environment variables, arguments and parameters of the requestURI that have the names of credentials, and what
// rules name by its path. Each value is replaced by a keyed hash, so that equal ones can still be told to be equal, and where
// that was is listed; everything else stays byte by byte, but for managedFields, which are left out.
//
// What can't be examined is hidden whole: documents in texts that are none, bodies that are no objects, what is nested too
// deep. See docs/redaction.md for what is not found.
package redact

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/auditship/auditship/agent/event"
)

// Redactor redacts events. It keeps its memory between calls and belongs to one goroutine.
type Redactor struct {
	off        bool
	configMaps bool
	arguments  string
	names      *names
	known      *knownNames
	hasher     hasher
	matcher    matcher
	decoder    event.Decoder

	edits  edits
	list   list
	values values
	nested int // documents in each other

	documents                                                [deepestDocument][]byte // what texts say, and below, too
	word, plain, line, quoted, pointer, decoded, decodedName []byte
}

// New makes a Redactor with the key of the hash. It is an error where a rule is wrong, which Validate tells better.
func New(cfg Config, key []byte) (*Redactor, error) {
	rules, err := compileRules(cfg.Rules)
	if err != nil {
		return nil, err
	}
	patterns := cfg.Names
	if len(patterns) == 0 {
		patterns = DefaultNames
	}
	names := newNames(patterns)
	return &Redactor{
		off: cfg.Off, configMaps: cfg.ConfigMaps, arguments: cfg.Arguments, names: names, known: newKnownNames(names),
		hasher: newHasher(key), matcher: matcher{all: rules},
	}, nil
}

// errBroken is a mistake of this package.
var errBroken = errors.New("redaction broke the record")

// Redact replaces e.Raw by the redacted record, which it appends to dst, if there is anything to redact; the record as it was is
// e.Original then, and e.Redacted is what was done, if it was more than to leave out managedFields. Bodies that e.Trimmed names
// become empty. omitManagedFields has them left out also where redaction is off.
//
// It is called once for each event, with everything decided that Decode does not reset: ID, Rule and Trimmed. What it allocates
// is kept for the next event. With an error the event must not be shipped.
func (r *Redactor) Redact(e *event.Event, dst []byte, omitManagedFields bool) ([]byte, error) {
	if r.off && !omitManagedFields || !r.suspects(e) {
		return dst, nil
	}
	r.edits.reset()
	r.list.reset()
	r.values.reset()
	r.find(e)
	if len(r.edits.list) == 0 {
		return dst, nil
	}
	r.clearTrimmed(e)
	return r.rewrite(e, dst)
}

// suspects tells whether an event can have anything to redact. Most have not, and that must be seen at once.
func (r *Redactor) suspects(e *event.Event) bool {
	switch {
	case has(e, event.RequestObject), has(e, event.ResponseObject):
		return true
	case r.off:
		return false
	case len(r.matcher.all) > 0:
		return true
	}
	if mayHoldDocument(e.Bytes(e.Members[event.Annotations].Value), place{class: annotations}) {
		return true
	}
	uri := e.Text(event.RequestURI)
	return r.known.suspect(e.Bytes(uri.Span), uri.Escaped)
}

// mayHoldDocument tells whether a text of an object may be a document.
func mayHoldDocument(object []byte, p place) bool {
	return p.class == annotations && len(object) > 1 && bytes.IndexByte(object[1:], '{') >= 0
}

// has tells whether an event has a field and will be shipped with it.
func has(e *event.Event, f event.Field) bool { return e.Has(f) && !e.Trimmed.Has(f) }

// find notes everything that is to be replaced.
func (r *Redactor) find(e *event.Event) {
	if !r.off {
		r.query(e)
	}
	flags := bodyFlags(e)
	r.body(e, event.RequestObject, requestBody, flags)
	r.body(e, event.ResponseObject, responseBody, flags)
	if r.off {
		return
	}
	r.typed(e, eventAnnotations, e.Members[event.Annotations].Value, place{class: annotations, flags: flags})
	r.typed(e, userExtra, e.User.Extra, place{})
	r.typed(e, impersonatedExtra, e.Impersonated.Extra, place{})
	r.echoes(e)
}

// bodyFlags are what is known of bodies by what the request was for: patches do not say what they change.
func bodyFlags(e *event.Event) flags {
	switch {
	case e.Equal(e.Object.Resource, "secrets"):
		return inSecret
	case e.Equal(e.Object.Resource, "configmaps"):
		return inConfigMap
	}
	return 0
}

func (r *Redactor) body(e *event.Event, f event.Field, at *root, flags flags) {
	if !has(e, f) {
		return
	}
	w := walker{Redactor: r, b: e.Raw}
	r.matcher.begin(at)
	r.list.push(at.step)
	start := int(e.Members[f].Value.Start)
	if c := e.Raw[start]; c == '{' || c == '[' || r.off {
		w.value(start, w.byRule(place{flags: flags}))
	} else {
		w.hide(start, place{class: secret}) // no body is a text
	}
	r.list.pop()
}

// typed looks at what must keep its types: an object of texts, or of arrays of them.
func (r *Redactor) typed(e *event.Event, at *root, value event.Span, p place) {
	if ruled := r.matcher.begin(at); !value.Present() || !ruled && !mayHoldDocument(e.Bytes(value), p) {
		return
	}
	w := walker{Redactor: r, b: e.Raw, typed: true}
	r.list.push(at.step)
	w.value(int(value.Start), w.byRule(p))
	r.list.pop()
}

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

// rewrite makes all edits, and finds out anew where everything is.
func (r *Redactor) rewrite(e *event.Event, dst []byte) ([]byte, error) {
	r.edits.settle(0)
	start := len(dst)
	dst = r.edits.apply(dst, e.Raw)
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

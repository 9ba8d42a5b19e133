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

	edits    edits
	list     list
	values   values
	refusals []refusal // to look for in what is looked at
	nested   int       // documents in each other

	rereadable int // bytes that may be read again in this record, in whatever documents of it they are

	documents                                        [deepestDocument][]byte // what texts say, and below, too
	word, plain, line, pointer, decoded, decodedName []byte
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
	r.rereadable = rereads * len(e.Raw)
	defer r.forget(len(e.Raw))
	r.find(e)
	if len(r.edits.list) == 0 {
		return dst, nil
	}
	r.clearTrimmed(e)
	return r.rewrite(e, dst)
}

// keptBuffer is how long a buffer may be that is kept for the next event.
const keptBuffer = 1 << 20

// forget lets go of what a record of a length has been kept in memory by, and of what it has made grow.
func (r *Redactor) forget(length int) {
	clear(r.list.path[:cap(r.list.path)]) // keys are parts of it
	if length < keptBuffer {
		return
	}
	for _, buffer := range []*[]byte{&r.word, &r.plain, &r.line, &r.values.written, &r.pointer, &r.decoded, &r.decodedName, &r.edits.text, &r.documents[0], &r.documents[1], &r.documents[2], &r.documents[3]} {
		if cap(*buffer) > keptBuffer {
			*buffer = nil
		}
	}
	if cap(r.edits.list) > mostEdits {
		r.edits.list = nil
	}
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
	if mayHoldDocument(e.Bytes(e.Members[event.Annotations].Value), place{class: annotations}) || mayRefuse(e) {
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
	case e.Equal(e.Object.Resource, "secrets") && e.Object.APIGroup.Len() == 0:
		return inSecret | ofSecrets
	case e.Equal(e.Object.Resource, "secrets"):
		return inSecret
	case e.Equal(e.Object.Resource, "configmaps"):
		return inConfigMap
	}
	return 0
}

// begin begins to walk at a root.
func (r *Redactor) begin(e *event.Event, at *root) walker {
	r.matcher.begin(at)
	r.edits.left = mostEdits
	r.list.push(at.step)
	return walker{Redactor: r, b: e.Raw, marks: e.Marks}
}

func (r *Redactor) body(e *event.Event, f event.Field, at *root, flags flags) {
	if !has(e, f) {
		return
	}
	w := r.begin(e, at)
	w.quiet = e.Marks.Quiet
	before, start := w.mark(), int(e.Members[f].Value.Start)
	if c := e.Raw[start]; c == '{' || c == '[' || r.off {
		p := place{flags: flags}
		if c == '{' && f == event.RequestObject && e.Equal(e.Text(event.Verb), "patch") {
			p = p.root()
		}
		w.value(start, w.byRule(p))
	} else {
		w.hide(start, place{class: secret}) // no body is a text
	}
	w.instead(before, start)
	r.list.pop()
}

// typed looks at what must keep its types: an object of texts, or of arrays of them.
func (r *Redactor) typed(e *event.Event, at *root, value event.Span, p place) {
	if !value.Present() || !r.matcher.any(at) && !mayHoldDocument(e.Bytes(value), p) {
		return
	}
	w := r.begin(e, at)
	w.typed = true
	w.value(int(value.Start), w.byRule(p))
	r.list.pop()
}

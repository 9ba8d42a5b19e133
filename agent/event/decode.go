package event

import (
	"math"
	"math/bits"
)

// maxDepth is how deep objects and arrays may be nested, the record itself included: as in encoding/json.
const maxDepth = 10_000

// Decoder finds the fields of records. It keeps its memory between calls and belongs to one goroutine. The zero Decoder
// is ready for use.
type Decoder struct {
	data    []byte             // the record up to its closing brace; see Decode
	err     SyntaxError        // what Decode returned last: hostile records must not cost an allocation each
	special []byte             // a bit for every byte of data, and at least 8 bytes more: see look
	stack   [maxDepth + 1]byte // the closing bracket of every open object and array; see skip
	quiet   quiet
	other   Text // the last key that was none of the known ones where these are expected: see member

	// Notable are keys that somebody will look for in the bodies. With them, Decode sets Marks of events.
	Notable *Keys
}

// Decode fills e with where everything is in record, which e refers to from then on. ID and what follows Decision are
// reset. After an error only e.Raw is set. The error is a *SyntaxError, valid until the next call; it tells of the first
// trouble that was met.
//
// The record must be one JSON object in the grammar of encoding/json (RFC 8259, nested at most 10,000 deep; bytes that
// are not UTF-8 are let through inside strings) with nothing but white space around it. It must have an auditID and a
// stage, and where it has a kind and an apiVersion (items of an EventList have none) these must be those of an audit
// event. Known fields have the types of audit.k8s.io/v1 Event, null being as good as absent, and may stand only once, at
// the top and where Identity, Object, Code, StatusReason and Decision come from. Their names are compared exactly, after
// escapes are resolved. "auditship" and "@timestamp" at the top are refused as reserved fields: shipped events get these
// members added, and must not have them twice.
func (d *Decoder) Decode(record []byte, e *Event) error {
	*e = Event{Raw: record}
	d.quiet.begin()
	end := d.event(record, e)
	d.data = nil
	if d.Notable != nil {
		e.Marks = Marks{Quiet: d.quiet.spans, special: d.special}
	}
	if end < 0 {
		*e = Event{Raw: record}
		return &d.err
	}
	return nil
}

func (d *Decoder) event(record []byte, e *Event) int {
	if len(record) > math.MaxUint32 {
		return d.fail(tooLong, math.MaxUint32)
	}
	start, end := trimSpace(record)
	if start == end || record[start] != '{' {
		return d.fail(notAudit, start)
	}
	if record[end-1] != '}' {
		return d.fail(invalidJSON, end)
	}
	// From here on no position needs to be checked against the length: nothing but the end of an object can pass over
	// the last byte, so whatever looks at the byte behind something else finds one.
	d.data = record[:end]
	d.look()
	if i := d.fields(start, e); i < 0 {
		return i
	}
	e.Close = uint32(end - 1)
	return end
}

// fields reads the whole record, whose brace is at i.
func (d *Decoder) fields(i int, e *Event) int {
	i, more := d.open(i, '{')
	i, seen := d.beginning(i, e)
	expect := bits.Len32(uint32(seen))
	for more {
		f, value := d.member(fieldKeys, expect, i)
		if value < 0 {
			return value
		}
		end := 0
		switch {
		case f == len(fieldNames):
			end = d.unknown(i, value)
		case seen.Has(Field(f)):
			return d.fail(duplicate, i)
		default:
			seen, expect = seen|1<<f, f+1
			end = d.field(Field(f), i, value, e)
		}
		if end < 0 {
			return end
		}
		i, more = d.next(end, '}')
	}
	return d.finish(i, e)
}

// These are the first two members of an event as the API server writes them.
const (
	usualKind      = `"kind":"Event",`
	usualVersion   = `"apiVersion":"audit.k8s.io/v1",`
	usualBeginning = usualKind + usualVersion
)

// beginning reads over the first two members at once, where they are the usual ones, with something behind them.
func (d *Decoder) beginning(i int, e *Event) (next int, seen Fields) {
	version, end := i+len(usualKind), i+len(usualBeginning)
	if end >= len(d.data) || string(d.data[i:end]) != usualBeginning {
		return i, 0
	}
	e.Members[Kind] = Member{Key: uint32(i), Value: span(i+len(`"kind":`), version-1)}
	e.Members[APIVersion] = Member{Key: uint32(version), Value: span(version+len(`"apiVersion":`), end-1)}
	return space(d.data, end), 1<<Kind | 1<<APIVersion
}

// unknown reads over a member that is no field of an audit event.
func (d *Decoder) unknown(i, value int) int {
	if d.find(reservedNames[:], 0, d.other) < len(reservedNames) {
		return d.fail(reservedField, i)
	}
	return d.skip(value, 1)
}

// field reads the value of a known field and notes where it stands.
func (d *Decoder) field(f Field, key, value int, e *Event) int {
	var text Text
	end := d.value(f, value, e, &text)
	if end < 0 || d.data[value] == 'n' { // null
		return end
	}
	if text.Escaped {
		e.escaped |= 1 << f
	}
	e.Members[f] = Member{Key: uint32(key), Value: span(value, end)}
	if f <= APIVersion && !e.isAudit(f, text) {
		return d.fail(notAudit, value)
	}
	return end
}

func (d *Decoder) value(f Field, i int, e *Event, text *Text) int {
	switch f {
	case User:
		return d.identity(i, &e.User)
	case ImpersonatedUser:
		return d.identity(i, &e.Impersonated)
	case AuthenticationMetadata:
		return d.object(i)
	case SourceIPs:
		return d.strings(i, &e.SourceIP)
	case ObjectRef:
		return d.target(i, &e.Object)
	case ResponseStatus:
		return d.status(i, e)
	case RequestObject, ResponseObject:
		return d.body(i, text)
	case Annotations:
		return d.annotations(i, &e.Decision)
	default:
		return d.text(i, text)
	}
}

// isAudit tells whether a kind or an apiVersion is that of an audit event.
func (e *Event) isAudit(f Field, t Text) bool {
	if f == Kind {
		return e.Equal(t, "Event")
	}
	return e.HasPrefix(t, "audit.k8s.io/")
}

// finish checks what can only be known at the end of the record: that no more follows it and nothing is missing.
func (d *Decoder) finish(i int, e *Event) int {
	switch {
	case i < 0:
		return i
	case i != len(d.data):
		return d.fail(invalidJSON, i)
	case !e.Has(AuditID) || !e.Has(Stage):
		return d.fail(notAudit, i)
	}
	return i
}

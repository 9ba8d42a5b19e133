package event

import (
	"iter"
	"time"
)

// Has tells whether the record has the field, and not as null.
func (e *Event) Has(f Field) bool { return e.Members[f].Value.Present() }

// Text is the content of a field that is a string; the zero Text where it is absent.
func (e *Event) Text(f Field) Text { return Text{} }

// Bytes are the bytes of a span as they stand in the record; nil where it is absent.
func (e *Event) Bytes(s Span) []byte { return e.Raw[s.Start:s.End] }

// AppendText appends the text with its escapes resolved, as encoding/json would.
func (e *Event) AppendText(dst []byte, t Text) []byte { return dst }

// String is the text with its escapes resolved. It allocates: not for the hot path.
func (e *Event) String(t Text) string { return "" }

// Equal tells whether the text, with its escapes resolved, is s. It does not allocate.
func (e *Event) Equal(t Text, s string) bool { return false }

// Strings walks over the strings of an array such as groups or sourceIPs. Other values in it are passed over.
func (e *Event) Strings(array Span) iter.Seq[Text] { return func(func(Text) bool) {} }

// Lookup is the value of a key in an object such as annotations or extra, quotes and brackets included.
func (e *Event) Lookup(object Span, key string) (Span, bool) { return Span{}, false }

// Time is a timestamp field (RFC 3339, UTC); false where it is absent or is none.
func (e *Event) Time(f Field) (time.Time, bool) { return time.Time{}, false }

// Package explain tells why one event is shipped or not: rule by rule and key by key, what is stripped and redacted, and what is
// added.
package explain

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/auditship/auditship/agent/event"
)

const (
	maxValue  = 64 << 20 // bytes of one JSON value
	maxNested = 16       // documents in each other
)

// Document is an audit event as it was found.
type Document struct {
	Record  []byte // the event on one line, as far as that is known
	Shipped *Shipped
}

// Shipped is what the "auditship" object of an event says that was shipped before: it is the event that came in no more.
type Shipped struct {
	ID       string   `json:"id,omitempty"`
	Rule     string   `json:"rule,omitempty"`
	Redacted []string `json:"redacted,omitempty"`
	Trimmed  []string `json:"trimmed,omitempty"`
}

// Documents finds audit events in JSON, one value in a line or spread over many, and gives each to see: events, lists of them
// (EventList, arrays), events as they were shipped in either format, and what Elasticsearch and Loki wrap these in when they are asked. What is none of this goes
// to wrong with the reason.
func Documents(from io.Reader, see func(Document) error, wrong func(reason string)) error {
	f := &finder{see: see, wrong: wrong, longest: maxValue}
	return f.all(bufio.NewReaderSize(from, 1<<16))
}

// all decides by the first line whether values are spread over lines.
func (f *finder) all(in *bufio.Reader) error {
	line, err := f.line(in)
	for err == nil && len(bytes.TrimSpace(line)) == 0 {
		line, err = f.line(in)
	}
	if err == nil && !json.Valid(line) && bytes.ContainsAny(bytes.TrimSpace(line)[:1], "{[") {
		return f.stream(io.MultiReader(bytes.NewReader(line), in))
	}
	for ; err == nil; line, err = f.line(in) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if err := f.find(line, 0); err != nil {
				return err
			}
		}
	}
	if err == io.EOF {
		return nil
	}
	return err
}

var errTooLong = errors.New("a JSON value is longer than 64 MiB")

// line reads a line with its newline. What is behind the last newline is a line as well.
func (f *finder) line(in *bufio.Reader) (line []byte, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if line = append(line, part...); len(line) > f.longest {
			return nil, errTooLong
		}
		switch {
		case err == bufio.ErrBufferFull:
		case err == io.EOF && len(line) > 0:
			return line, nil
		default:
			return line, err
		}
	}
}

// finder finds events in JSON values.
type finder struct {
	decoder event.Decoder
	see     func(Document) error
	wrong   func(reason string)
	longest int // bytes of a value
}

// stream finds the events of values that are spread over many lines.
func (f *finder) stream(from io.Reader) error {
	limited := &limitedReader{from: from}
	decoder := json.NewDecoder(limited)
	for {
		limited.left = f.longest
		var value json.RawMessage
		switch err := decoder.Decode(&value); {
		case err == io.EOF:
			return nil
		case err == errTooLong:
			return err
		case err != nil:
			f.wrong(fmt.Sprintf("invalid JSON behind byte %d", decoder.InputOffset()))
			return nil
		}
		if err := f.find(value, 0); err != nil {
			return err
		}
	}
}

// limitedReader reads what may be read before the limit is set anew.
type limitedReader struct {
	from io.Reader
	left int
}

func (r *limitedReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errTooLong
	}
	n, err := r.from.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}

// find finds the events in a value: it is one, or it wraps some.
func (f *finder) find(value []byte, nested int) error {
	value = bytes.TrimSpace(value)
	if nested > maxNested || len(value) == 0 {
		f.wrong("not an audit event")
		return nil
	}
	switch value[0] {
	case '[':
		return f.each(value, nested)
	case '"':
		var text string
		if json.Unmarshal(value, &text) == nil {
			return f.find([]byte(text), nested+1)
		}
	case '{':
		return f.object(value, nested)
	}
	f.wrong("not an audit event")
	return nil
}

func (f *finder) each(array []byte, nested int) error {
	var values []json.RawMessage
	if err := json.Unmarshal(array, &values); err != nil {
		f.wrong("invalid JSON")
	}
	for _, v := range values {
		if err := f.find(v, nested+1); err != nil {
			return err
		}
	}
	return nil
}

// object is an event, or what it is in.
func (f *finder) object(value []byte, nested int) error {
	var line bytes.Buffer
	if err := json.Compact(&line, value); err != nil {
		f.wrong("invalid JSON")
		return nil
	}
	var e event.Event
	decodeErr := f.decoder.Decode(line.Bytes(), &e)
	if decodeErr == nil {
		return f.see(Document{Record: line.Bytes()})
	}
	reason := decodeErr.Error()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(value, &members); err != nil {
		f.wrong(reason)
		return nil
	}
	if members["auditID"] != nil {
		plain, added := without(line.Bytes(), "auditship", "@timestamp")
		return f.shipped(plain, added["auditship"], reason)
	}
	if plain, ok := fromECS(members); ok {
		return f.shipped(plain, members["auditship"], reason)
	}
	for _, path := range wrappings {
		if inner := walk(members, path); inner != nil {
			return f.find(inner, nested+1)
		}
	}
	f.wrong(reason)
	return nil
}

// shipped is an event without what shipping added to it, and that.
func (f *finder) shipped(plain, added []byte, reason string) error {
	d := Document{Record: plain, Shipped: &Shipped{}}
	var e event.Event
	if added == nil || json.Unmarshal(added, d.Shipped) != nil {
		f.wrong(reason)
		return nil
	}
	if err := f.decoder.Decode(plain, &e); err != nil {
		f.wrong(err.Error())
		return nil
	}
	return f.see(d)
}

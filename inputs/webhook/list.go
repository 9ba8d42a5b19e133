package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// list reads an EventList of audit.k8s.io/v1 as it comes. Its items are what the API server would have written to a log,
// but for kind and apiVersion, which a list does not repeat.
type list struct {
	from  *json.Decoder
	body  *allowance
	state state
	kind  string
	api   string
	held  [][]byte
}

type state uint8

const (
	before state = iota
	inside
	behind
)

// enough is how many bytes of items are stored at a time.
const enough = 1 << 20

// maxItem is how long an item may be, and what stands before the items or behind them. kube-apiserver takes objects of 3 MiB
// (--max-request-bytes of etcd, 1.5 MiB, twice), and an event may hold two.
const maxItem = 16 << 20

func newList(r io.Reader) *list {
	body := &allowance{from: r, left: maxItem}
	return &list{from: json.NewDecoder(body), body: body}
}

// allowance is a body of which no part may be longer than what is left.
type allowance struct {
	from io.Reader
	left int
}

func (a *allowance) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, malformed("an item of more than %d bytes", maxItem)
	}
	n, err := a.from.Read(p[:min(len(p), a.left)])
	a.left -= n
	return n, err
}

// malformedError is what is wrong with a list. It says nothing of what is in it.
type malformedError struct{ problem string }

func (e *malformedError) Error() string { return e.problem }

func malformed(format string, args ...any) error {
	return &malformedError{fmt.Sprintf(format, args...)}
}

// next returns some more records, valid until the next call; none at the end.
func (l *list) next() ([][]byte, error) {
	l.held = l.held[:0]
	if l.state == before {
		if err := l.begin(); err != nil {
			return nil, err
		}
	}
	for size := 0; l.state == inside && size < enough; {
		if !l.from.More() {
			l.state = behind
			if err := l.end(); err != nil {
				return nil, err
			}
			break
		}
		l.body.left = maxItem
		var item json.RawMessage
		if err := l.from.Decode(&item); err != nil {
			return nil, reading(err)
		}
		record, err := recordOf(item)
		if err != nil {
			return nil, err
		}
		l.held, size = append(l.held, record), size+len(record)
	}
	return l.held, nil
}

// begin reads up to the items. What says that it is a list of audit events stands before them: so does the API server write
// it, and what is no such list must not be stored in part.
func (l *list) begin() error {
	if err := l.expect('{'); err != nil {
		return err
	}
	for l.from.More() {
		key, err := l.key()
		if err != nil {
			return err
		}
		if key != "items" {
			if err := l.member(key); err != nil {
				return err
			}
			continue
		}
		if l.kind != "EventList" || l.api != "audit.k8s.io/v1" {
			return malformed("a body of kind %.20q and apiVersion %.30q, want an EventList of audit.k8s.io/v1", l.kind, l.api)
		}
		l.state = inside
		return l.expect('[')
	}
	return malformed("a body without items")
}

// end reads what follows the items.
func (l *list) end() error {
	if err := l.expect(']'); err != nil {
		return err
	}
	for l.from.More() {
		key, err := l.key()
		if err != nil {
			return err
		}
		if key == "items" {
			return malformed("a body with items twice")
		}
		if err := l.member(key); err != nil {
			return err
		}
	}
	if err := l.expect('}'); err != nil {
		return err
	}
	if _, err := l.from.Token(); err != io.EOF {
		return malformed("something follows the list")
	}
	return nil
}

func (l *list) member(key string) error {
	var value json.RawMessage
	if err := l.from.Decode(&value); err != nil {
		return reading(err)
	}
	switch key {
	case "kind":
		return text(value, &l.kind)
	case "apiVersion":
		return text(value, &l.api)
	}
	return nil
}

func text(value json.RawMessage, into *string) error {
	if json.Unmarshal(value, into) != nil {
		return malformed("kind or apiVersion is no string")
	}
	return nil
}

func (l *list) key() (string, error) {
	token, err := l.from.Token()
	if err != nil {
		return "", reading(err)
	}
	key, _ := token.(string)
	return key, nil
}

func (l *list) expect(want json.Delim) error {
	token, err := l.from.Token()
	if err != nil {
		return reading(err)
	}
	if token != want {
		return malformed("%v is missing where it should be", want)
	}
	return nil
}

// reading tells bytes that are no JSON from bytes that did not come.
func reading(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return malformed("a body that is no JSON at byte %d", syntax.Offset)
	}
	return err
}

var (
	typed = []byte(`{"kind":"Event"`)
	event = []byte(`{"kind":"Event","apiVersion":"audit.k8s.io/v1"`)
)

// recordOf makes the line of a log of an item. Nothing in it is changed but white space, where it has line breaks. Whatever it is, its
// record begins as that of an event: what is of another kind is a dead letter then, and can't pass for a line of the spool's own.
func recordOf(item json.RawMessage) ([]byte, error) {
	if len(item) == 0 || item[0] != '{' {
		return nil, malformed("an item that is no object")
	}
	if bytes.IndexByte(item, '\n') >= 0 || bytes.IndexByte(item, '\r') >= 0 {
		var line bytes.Buffer
		if err := json.Compact(&line, item); err != nil {
			return nil, malformed("an item that is no JSON")
		}
		item = line.Bytes()
	}
	if bytes.HasPrefix(item, typed) {
		return item, nil
	}
	record := append(make([]byte, 0, len(event)+len(item)), event...)
	if rest := bytes.TrimLeft(item[1:], " \t"); rest[0] != '}' {
		record = append(record, ',')
	}
	return append(record, item[1:]...), nil
}

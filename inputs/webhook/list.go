package webhook

import (
	"cmp"
	"io"
)

// list reads an EventList of audit.k8s.io/v1 as it comes. Its items are what the API server would have written to a log,
// but for kind and apiVersion, which a list does not repeat.
type list struct {
	from    scanner
	records buffer
	state   state
	kind    string
	api     string
}

type state uint8

const (
	before state = iota
	first
	inside
	behind
)

// How much is stored at a time.
const (
	enough     = 1 << 20 // bytes of records
	enoughMany = 1024
)

// maxItem is how long an item may be.
const maxItem = 16 << 20

// newList reads a list of so many bytes; -1: nobody knows.
func newList(body io.Reader, length int64, by *share) *list {
	return &list{from: newScanner(arriving{body, by}), records: buffer{by: by, length: length}}
}

// arriving counts what has come of a body.
type arriving struct {
	io.Reader
	by *share
}

func (a arriving) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	a.by.came.Add(int64(n))
	return n, err
}

// next returns some more records, valid until the next call; none at the end.
func (l *list) next() ([][]byte, error) {
	l.records.reset()
	if l.state == before {
		if err := l.begin(); err != nil {
			return nil, err
		}
	}
	for l.state != behind && !l.records.full() {
		another, err := l.from.more(l.state == first, ']')
		if err == nil && another {
			l.state, err = inside, l.item()
		} else if err == nil {
			l.state, err = behind, l.end()
		}
		if err != nil {
			return nil, err
		}
	}
	return l.records.all(), nil
}

// begin reads up to the items. What says that it is a list of audit events stands before them: so does the API server write
// it, and what is no such list must not be stored in part.
func (l *list) begin() error {
	if err := l.from.expect('{'); err != nil {
		return err
	}
	for at := 0; ; at++ {
		key, another, err := l.key(at == 0)
		if err != nil {
			return err
		}
		if !another {
			return malformed("a body without items")
		}
		switch key {
		case "items":
			if l.kind != "EventList" || l.api != "audit.k8s.io/v1" {
				return malformed("a body of kind %.20q and apiVersion %.30q, want an EventList of audit.k8s.io/v1", l.kind, l.api)
			}
			l.state = first
			return l.from.expect('[')
		case "kind":
			l.kind, err = l.from.text()
		case "apiVersion":
			l.api, err = l.from.text()
		default:
			err = l.from.skip()
		}
		if err != nil {
			return err
		}
	}
}

// key reads the name of a member of the list, if there is another one.
func (l *list) key(first bool) (name string, another bool, err error) {
	if another, err = l.from.more(first, '}'); err != nil || !another {
		return "", false, err
	}
	if name, err = l.from.text(); err != nil {
		return "", false, err
	}
	return name, true, l.from.expect(':')
}

// end reads what follows the items.
func (l *list) end() error {
	for {
		key, another, err := l.key(false)
		if err != nil {
			return err
		}
		if key == "items" {
			return malformed("a body with items twice")
		}
		if !another {
			break
		}
		if err := l.from.skip(); err != nil {
			return err
		}
	}
	if _, err := l.from.next(); err != io.ErrUnexpectedEOF {
		return cmp.Or(err, malformed("something follows the list"))
	}
	return nil
}

// item reads one.
func (l *list) item() error {
	c, err := l.from.next()
	if err != nil {
		return err
	}
	if c != '{' {
		return malformed("an item that is no object")
	}
	l.records.begin()
	if err := l.from.value(&l.records); err != nil {
		return err
	}
	return l.records.end()
}

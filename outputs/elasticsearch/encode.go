package elasticsearch

import (
	"bytes"
	"encoding/hex"
	"slices"
	"time"

	"github.com/auditship/auditship/agent/event"
)

// encoder writes events in the form that the bulk API takes: a line that says what to do, and a line that is the
// document (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk). It keeps its memory.
type encoder struct {
	name    string  // of the data stream, or
	pattern pattern // of the dated index

	line  []byte // both lines of one event
	index []byte // the index that the request names
	other []byte // the index of one event
}

// beside is more than what goes with most events: their index, ID and timestamp. Memory for a huge event is better taken at once.
const beside = 512

// begin makes the index of the event the one that the request names.
func (n *encoder) begin(e *event.Event) (index string) {
	n.index = append(n.index[:0], n.name...)
	if n.pattern != nil {
		t, _ := e.Stamp()
		n.index = n.pattern.appendName(n.index[:0], t)
	}
	return string(n.index)
}

// encode is the two lines of the event, valid until the next call.
func (n *encoder) encode(e *event.Event) []byte {
	t, field := e.Stamp()
	n.line = slices.Grow(n.line[:0], e.Size()+beside)
	n.line = append(n.line, `{"create":{`...)
	n.appendIndex(t)
	n.line = append(n.line, `"_id":"`...)
	n.line = hex.AppendEncode(n.line, e.ID[:])
	n.line = append(n.line, "\"}}\n"...)
	n.line = e.AppendJSON(n.line)
	if e.Shape.Head == nil { // else it has its own
		n.line = append(n.line[:len(n.line)-1], `,"@timestamp":`...)
		n.line = e.AppendStamp(n.line, t, field)
		n.line = append(n.line, '}')
	}
	n.line = append(n.line, '\n')
	return n.line
}

func (n *encoder) appendIndex(t time.Time) {
	if n.pattern == nil {
		return
	}
	n.other = n.pattern.appendName(n.other[:0], t)
	if bytes.Equal(n.other, n.index) {
		return
	}
	n.line = append(n.line, `"_index":"`...)
	n.line = append(n.line, n.other...) // a valid name needs no escapes
	n.line = append(n.line, `",`...)
}

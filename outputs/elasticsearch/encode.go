package elasticsearch

import (
	"bytes"
	"encoding/hex"
	"time"

	"github.com/auditship/auditship/agent/event"
)

// encoder writes events in the form that the bulk API takes: a line that says what to do, and a line that is the
// document (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk). It keeps its memory.
type encoder struct {
	name    string  // of the data stream, or
	pattern pattern // of the dated index

	place []byte // what "auditship" says of cluster and node

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

// encode appends the two lines of the event, in the form that its fate has come to.
func (n *encoder) encode(dst []byte, e *event.Event, f *fate) []byte {
	t, field := e.Stamp()
	dst = append(dst, `{"create":{`...)
	dst = n.appendIndex(dst, t)
	dst = append(dst, `"_id":"`...)
	dst = hex.AppendEncode(dst, e.ID[:])
	dst = append(dst, "\"}}\n"...)
	stamped := e.Shape.Head != nil // it has its own
	if f.step == 0 {
		dst = e.AppendJSON(dst)
	} else {
		dst = n.appendLess(dst, e, f)
		stamped = stamped && !steps[f.step].stub
	}
	if !stamped {
		dst = append(dst[:len(dst)-1], `,"@timestamp":`...)
		dst = e.AppendStamp(dst, t, field)
		dst = append(dst, '}')
	}
	return append(dst, '\n')
}

func (n *encoder) appendIndex(dst []byte, t time.Time) []byte {
	if n.pattern == nil {
		return dst
	}
	n.other = n.pattern.appendName(n.other[:0], t)
	if bytes.Equal(n.other, n.index) {
		return dst
	}
	dst = append(dst, `"_index":"`...)
	dst = append(dst, n.other...) // a valid name needs no escapes
	return append(dst, `",`...)
}

// Package ecs gives events the field names of the Elastic Common Schema and of Elastic's Kubernetes integration (package
// kubernetes, data stream kubernetes.audit_logs), so that rules and dashboards made for that work on what auditship ships.
//
//	{"event":{"id":"5e1c…","kind":"event",…},"@timestamp":"…",…,"user":{"name":"jane@example.org"},…,
//	 "kubernetes":{"audit":{"kind":"Event",…}},"auditship":{…}}
//
// All that the API server wrote stands under kubernetes.audit, field by field as it was, but for the keys of annotations,
// whose dots are replaced by underscores, as that integration does. All that is auditship's own stays under auditship. The
// rest are copies of both under common names, made without decoding: docs/formats.md lists them.
//
// What an index could not hold is no part of kubernetes.audit but stands, as text, in auditship.unmapped: see unmapped.
package ecs

import (
	"encoding/hex"
	"strings"

	"github.com/auditship/auditship/agent/event"
)

// Version is that of the Elastic Common Schema whose fields are used.
const Version = "8.17.0"

// Dataset is what rules know the events by: event.dataset, and the middle part of a data stream's name.
const Dataset = "kubernetes.audit_logs"

// Shaper gives events their shape. It keeps its memory between calls and belongs to one goroutine.
type Shaper struct {
	fixed     []byte    // the members that are the same for all events
	said      said      // of this event
	keys      [most]key // of its annotations
	crowded   bool      // they do not all have a place
	addresses addresses
	scratch   []byte
}

// New makes a Shaper. The data stream is that which events go to, as TYPE-DATASET-NAMESPACE; where they go elsewhere, or the
// name is not of that form, it may be anything, and events do not speak of data streams.
func New(dataStream string) *Shaper {
	fixed := `,"ecs":{"version":"` + Version + `"}`
	parts := strings.SplitN(dataStream, "-", 3)
	if len(parts) == 3 && parts[0] != "" && parts[1] != "" && parts[2] != "" {
		fixed += `,"data_stream":{"type":"` + parts[0] + `","dataset":"` + parts[1] + `","namespace":"` + parts[2] + `"}`
	}
	return &Shaper{fixed: []byte(fixed)}
}

// idKey is what comes before the ID.
const idKey = `{"event":{"id":"`

// Shape sets the Shape of an event, whose Enrichment must have been made, and appends what that takes to dst. Equal events
// give equal bytes. ID must be set before, unless Identify follows.
func (s *Shaper) Shape(e *event.Event, dst []byte) []byte {
	s.said.read(e.Enrichment)
	s.crowded = false
	dst = s.shapeAnnotations(e, dst)
	dst = s.unmapped(e, dst)
	start := len(dst)
	dst = hex.AppendEncode(append(dst, idKey...), e.ID[:])
	w := writer{dst: append(dst, '"')}
	s.head(&w, e)
	e.Shape.Head = w.dst[start:len(w.dst):len(w.dst)]
	return w.dst
}

// Identify puts the ID of an event into its Shape, which was made without it.
func Identify(e *event.Event) { hex.Encode(e.Shape.Head[len(idKey):], e.ID[:]) }

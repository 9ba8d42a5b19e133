// Package compat gives events the shape that another agent gave them, so that the dashboards and queries that were made for it go on after a switch.
//
// With fluentd, an event is the API server's JSON and nothing else: its fields at the top, as fluentd's json parser made a record of them, the
// static fields of the configuration behind them (fluentd's record_transformer, include_tag_key and the like), and for Elasticsearch "@timestamp". There is no
// "auditship" object but in events that something was taken out of (secrets, or what was too long), where it says what.
package compat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/event"
)

// Agents are those whose shape there is. Promtail, like Grafana Agent and Alloy, shipped lines as they were.
var Agents = []string{"fluentd", "promtail"}

// Shaper gives events their shape.
type Shaper struct{ tail []byte }

// New makes a Shaper that adds the fields, in the order of their names. {cluster} and {node} in their values stand for these.
func New(fields map[string]string, cluster, node string) *Shaper {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	s := &Shaper{}
	words := strings.NewReplacer("{cluster}", cluster, "{node}", node)
	for i, name := range names {
		if i > 0 {
			s.tail = append(s.tail, ',')
		}
		s.tail = append(appendText(s.tail, name), ':')
		s.tail = appendText(s.tail, words.Replace(fields[name]))
	}
	return s
}

func appendText(dst []byte, text string) []byte {
	return append(event.AppendContent(append(dst, '"'), []byte(text)), '"')
}

// Shape sets the Shape of an event. It takes nothing of dst.
func (s *Shaper) Shape(e *event.Event, dst []byte) []byte {
	e.Shape.Bare, e.Shape.Tail = true, s.tail
	return dst
}

const (
	mostFields  = 64
	longestText = 4 << 10
)

// Validate reports what is wrong with the fields: their names, and what to do.
func Validate(fields map[string]string, report func(name, problem string)) {
	if len(fields) > mostFields {
		report("", fmt.Sprintf("has %d entries, and can have %d", len(fields), mostFields))
		return
	}
	for name, value := range fields {
		switch {
		case name == "":
			report(name, "has no name; give it one")
		case isField(name), name == "auditship", name == "@timestamp":
			report(name, "is a field that events have; choose another name")
		case len(name) > longestText || len(value) > longestText:
			report(name, fmt.Sprintf("is longer than %d bytes; shorten it", longestText))
		}
	}
}

func isField(name string) bool {
	for f := range event.NumFields {
		if f.String() == name {
			return true
		}
	}
	return false
}

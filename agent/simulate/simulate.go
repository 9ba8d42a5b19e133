// Package simulate tells what rules would do to recorded logs, and what they leave: decoded, judged, redacted and enriched as by a
// pipeline, and then counted instead of shipped. There is no server and no state.
//
// Whatever the log holds, memory is bounded: what is counted by name is in tables of a fixed size, which say how much they could
// not tell apart. All texts of events in a [Report] are attackers' words.
package simulate

import (
	"time"

	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/redact"
	"github.com/auditship/auditship/agent/rules"
)

// Output is what the events of one or more outputs go through.
type Output struct {
	Names    []string // of outputs with the same rules
	Rules    *rules.Rules
	Redactor *redact.Redactor
	Enricher *enrich.Enricher
	Shy      *redact.Redactor // redacts what is shown; unlike Redactor it is never off
	Shaper   event.Shaper     // nil: events keep the API server's own form

	// Against, if not nil, are other rules for the same: those of today, where Rules are meant to replace them.
	Against *rules.Rules
}

// Limits bound what is told.
type Limits struct {
	Examples int // for each rule
	Top      int // of users, verbs, resources
}

// Simulator takes the lines of logs and tells in the end what became of them. It belongs to one goroutine.
type Simulator struct {
	limits      Limits
	decoder     event.Decoder
	event       event.Event
	in          Volume
	broken      map[string]*Volume
	first, last time.Time
	outputs     []*outcome
}

// New makes a Simulator.
func New(outputs []Output, limits Limits) *Simulator {
	s := &Simulator{limits: limits, broken: map[string]*Volume{}}
	for _, o := range outputs {
		s.outputs = append(s.outputs, newOutcome(o, limits))
	}
	return s
}

// Add takes a line of a log, without its newline. It keeps nothing of it.
func (s *Simulator) Add(line []byte) {
	if err := s.decoder.Decode(line, &s.event); err != nil {
		s.Broken(err.Error(), len(line)) // one of few texts: see event.SyntaxError
		return
	}
	s.in.add(len(line) + 1)
	if at, ok := s.event.Time(event.StageTimestamp); ok {
		s.see(at)
	}
	for _, o := range s.outputs {
		o.add(&s.event)
	}
}

// Broken takes a line that is no event, for one of few reasons. How long it is counts where that is known.
func (s *Simulator) Broken(reason string, length int) {
	if s.broken[reason] == nil {
		s.broken[reason] = &Volume{}
	}
	s.broken[reason].add(length + 1)
}

func (s *Simulator) see(at time.Time) {
	if s.first.IsZero() || at.Before(s.first) {
		s.first = at
	}
	if at.After(s.last) {
		s.last = at
	}
}

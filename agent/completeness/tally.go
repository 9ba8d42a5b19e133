package completeness

import (
	"time"

	"github.com/auditship/auditship/agent/event"
)

// scrape is a sample that lines are counted from. It is part of the state on disk.
type scrape struct {
	ID        string    `json:"id"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Events    uint64    `json:"events"`
	Unwritten uint64    `json:"unwritten"` // errors of the log's backend
	Doubtful  uint64    `json:"doubtful"`  // errors of what may stand before the log's backend or before another one

	SinceFrom uint64 `json:"since_from"` // lines read that were stamped after From
	SinceTo   uint64 `json:"since_to"`   // and after To
}

func newScrape(s sample) *scrape {
	r := &scrape{ID: s.id, From: s.from, To: s.to, Events: s.events, Unwritten: s.errors["log"]}
	for plugin, n := range s.errors {
		if plugin != "log" && plugin != "webhook" {
			r.Doubtful += n
		}
	}
	return r
}

// width is how many events may be on either side of it.
func (s *scrape) width() uint64 { return s.SinceFrom - s.SinceTo }

// see counts a line that was stamped at a time.
func (s *scrape) see(at time.Time, own, received bool) {
	switch {
	case own && received: // counted before the handler ran, which reads the counters
	case own: // counted after it
		s.SinceFrom++
		s.SinceTo++
	case at.After(s.To):
		s.SinceFrom++
		s.SinceTo++
	case at.After(s.From):
		s.SinceFrom++
	}
}

// between is how many events that the server counted from base to s are not in the log.
func (s *scrape) between(base *scrape) interval {
	counted := int64(s.Events-base.Events) - int64(s.Unwritten-base.Unwritten)
	least := counted - int64(base.SinceFrom-s.SinceTo) - int64(s.Doubtful-base.Doubtful)
	most := counted - int64(base.SinceTo-s.SinceFrom)
	return interval{least, most}
}

// tally counts lines from scrapes on.
type tally struct {
	decoder event.Decoder
	event   event.Event
	latest  time.Time // stamp of the newest line
}

// take counts a line for each scrape. One that can't be read has the stamp of the line before.
func (t *tally) take(record []byte, scrapes ...*scrape) {
	e := &t.event
	readable := t.decoder.Decode(record, e) == nil
	if at, ok := e.Time(event.StageTimestamp); readable && ok {
		t.latest = at
	}
	received := readable && e.Equal(e.Text(event.Stage), "RequestReceived")
	for _, s := range scrapes {
		s.see(t.latest, readable && e.Equal(e.Text(event.AuditID), s.ID), received)
	}
	t.event = event.Event{} // the record is the reader's
}

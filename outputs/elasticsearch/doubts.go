package elasticsearch

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// doubts knows which events a data stream may hold already. Creating such an event again is answered with 409 only if
// the data stream was not rolled over since: IDs are unique in each index that backs it, not among them. So events in
// doubt are looked up by their IDs in all of them, before they are created. In doubt are
//
//   - after a restart without a clean stop, the first events: at least those that were stored and not committed. They end
//     where several batches in a row hold none: out of the order of the log, no more than one batch for each of the
//     Writes side by side can have been missing when the agent died.
//   - events of a request without a known outcome (a broken connection, a timeout, a 5xx).
//
// A search sees what was there at the last refresh, and a rollover does not refresh. So a refresh goes before, which takes
// the right "maintenance". Without that right the look-up waits for the refresh that the server makes by itself: after
// a second, unless index.refresh_interval says otherwise. Without the right "read" nothing can be looked up; the
// events are created and counted as Ack.Unchecked.
//
// What remains: a rollover while a request is still under way at the server that we gave up waiting for.
type doubts struct {
	log    *slog.Logger
	stream string
	client *client
	batch  int // bytes

	replay bool // set by Open, before all else

	mu        sync.Mutex
	quiet     int                   // bytes of replay, stored in a row and not found before
	blind     bool                  // the last look-up was refused
	unsettled map[event.ID]struct{} // events whose request had no known outcome; they come again, so they are few
	epoch     int                   // counts the reasons for doubt
	refreshed int                   // the epoch in which the last refresh began
	waitFor   int                   // the epoch whose doubts wait for the server to refresh by itself
	waitUntil time.Time
	partly    time.Time       // since when look-ups have not reached all indices; zero: they do
	told      map[string]bool // what has been logged
}

func newDoubts(stream string, client *client, env outputs.Env) *doubts {
	return &doubts{log: env.Log, stream: stream, client: client, batch: env.MaxBytes, epoch: 1,
		unsettled: map[event.ID]struct{}{}, told: map[string]bool{}}
}

// clear gives the events that are stored already their verdict. unchecked tells that this could not be found out.
func (d *doubts) clear(ctx context.Context, w *write) (unchecked bool, _ *outputs.Fault) {
	these := d.mark(w)
	if len(these) == 0 {
		return false, nil
	}
	if fault := d.refresh(ctx); fault != nil {
		return d.accept(fault)
	}
	for len(these) > 0 {
		n := min(len(these), lookupSize)
		if fault := d.find(ctx, w, these[:n]); fault != nil {
			return d.accept(fault)
		}
		these = these[n:]
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.partly, d.blind = time.Time{}, false
	return false, nil
}

// mark finds the events in doubt.
func (d *doubts) mark(w *write) []int {
	d.mu.Lock()
	defer d.mu.Unlock()
	w.pending = w.pending[:0]
	if !d.replay && len(d.unsettled) == 0 {
		return nil
	}
	for i := range w.events {
		if _, found := d.unsettled[w.events[i].ID]; found || d.replay {
			w.fates[i].looked = true
			w.pending = append(w.pending, i)
		}
	}
	return w.pending
}

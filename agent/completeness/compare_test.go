package completeness

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// world is an API server, its log and a comparison of the two. Time passes as it is told.
type world struct {
	now       time.Time
	c         comparison
	tally     tally
	started   float64
	events    uint64
	errors    map[string]uint64
	unread    []string // lines of the log
	scrapes   int
	width     time.Duration // of a scrape
	busy      *rand.Rand    // events happen during one
	unwritten map[string]uint64
}

func newWorld() *world {
	return &world{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), started: 1.5e9, events: 1000, errors: map[string]uint64{}, width: 10 * time.Millisecond}
}

func line(id, stage string, at time.Time) string {
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"%s","stage":"%s","stageTimestamp":"%s"}`, id, stage, at.Format("2006-01-02T15:04:05.000000Z"))
}

// event is counted; it comes into the log unless it is lost.
func (w *world) event(lost bool) {
	w.events++
	if !lost {
		w.unread = append(w.unread, line("x", "ResponseComplete", w.now))
	}
}

func (w *world) happen(events int) {
	for range events {
		w.now = w.now.Add(time.Second)
		w.event(false)
	}
	w.now = w.now.Add(time.Second)
}

// scrape takes a sample as a client would, with its own two events.
func (w *world) scrape() (anew bool) {
	w.read() // all that was written before
	w.scrapes++
	s := sample{id: fmt.Sprint("own-", w.scrapes), from: w.now.Add(-lead), counters: counters{started: w.started, errors: map[string]uint64{}}}
	w.events++
	w.unread = append(w.unread, line(s.id, "RequestReceived", w.now))
	w.bustle(s.from)
	w.now = w.now.Add(w.width / 2)
	s.events = w.events
	for plugin, n := range w.errors {
		s.errors[plugin] = n
	}
	w.bustle(w.now)
	w.now = w.now.Add(w.width / 2)
	w.events++
	w.unread = append(w.unread, line(s.id, "ResponseComplete", w.now)) // with the last byte of the answer
	s.to = w.now
	w.now = w.now.Add(time.Second)
	anew, w.unwritten = w.c.add(s, false)
	return anew
}

// bustle is what else happens from a time on, within half of a scrape.
func (w *world) bustle(from time.Time) {
	for n := 0; w.busy != nil && n < w.busy.IntN(10); n++ {
		w.events++
		w.unread = append(w.unread, line("y", "ResponseComplete", from.Add(time.Duration(1+w.busy.Int64N(int64(w.width/2-time.Microsecond))))))
	}
}

func (w *world) read() {
	for _, line := range w.unread {
		w.tally.take([]byte(line), w.c.scrapes(nil)...)
	}
	w.unread = nil
}

// round is a scrape and a verdict on it.
func (w *world) round(events int) {
	w.scrape()
	w.happen(events)
	w.read()
	w.now = w.now.Add(settle)
	w.c.judge(w.now)
}

func (w *world) want(t *testing.T, missing, surplus uint64) {
	t.Helper()
	if w.c.missing() != missing || w.c.surplus() != surplus {
		t.Fatalf("after %d scrapes: %d missing, %d surplus; want %d, %d (%+v)", w.scrapes, w.c.missing(), w.c.surplus(), missing, surplus, w.c)
	}
}

func TestNothingIsMissing(t *testing.T) {
	w := newWorld()
	for range 50 {
		w.round(5)
		w.want(t, 0, 0)
	}
	if !w.c.Exact || w.c.Moves > 1 || w.c.Events != w.c.Last.Events-1001 || w.c.Judged.Before(w.c.Since) {
		t.Errorf("got %+v; %d events", w.c, w.events)
	}
}

func TestMissingIsAnAlarmAtTheThirdScrape(t *testing.T) {
	w := newWorld()
	for range 5 {
		w.round(5)
	}
	w.event(true)
	for i := range 3 {
		w.want(t, 0, 0)
		w.round(i)
	}
	w.want(t, 1, 0)
	for range 30 {
		w.round(5)
		w.want(t, 1, 0)
	}
	for range 7 {
		w.event(true)
	}
	for range 3 {
		w.round(5)
	}
	w.want(t, 8, 0)
}

func TestSurplus(t *testing.T) {
	w := newWorld()
	for range 5 {
		w.round(5)
	}
	w.unread = append(w.unread, line("forged", "ResponseComplete", w.now), "not even JSON")
	for range 3 {
		w.round(5)
	}
	w.want(t, 0, 2)
}

// A loss at every scrape, from the first on, is not taken for a bad beginning for ever.
func TestLossThatGoesOn(t *testing.T) {
	w := newWorld()
	for range 20 {
		w.round(5)
		w.event(true)
	}
	if got := w.c.missing(); got < 10 {
		t.Errorf("%d missing, of 20 lost", got)
	}
}

// A large loss shows although much happens during every scrape, and a small one after a while.
func TestBusyServer(t *testing.T) {
	w := newWorld()
	w.busy = rand.New(rand.NewPCG(1, 2))
	for range 40 {
		w.round(5)
		w.want(t, 0, 0)
	}
	for range 100 {
		w.event(true)
	}
	for range 20 {
		w.round(5)
	}
	if got := w.c.missing(); got < 80 || got > 100 {
		t.Errorf("%d missing, want nearly 100", got)
	}
}

func TestLateLinesAreForgiven(t *testing.T) {
	w := newWorld()
	for range 5 {
		w.round(5)
	}
	late := line("late", "ResponseComplete", w.now)
	w.event(true)
	for range 4 {
		w.round(5)
	}
	w.want(t, 1, 0)
	w.unread = append(w.unread, late)
	for range 3 {
		w.round(5)
	}
	w.want(t, 0, 0)
	for range 30 {
		w.round(5)
		w.want(t, 0, 0)
	}
}

func TestRestart(t *testing.T) {
	w := newWorld()
	for range 5 {
		w.round(5)
	}
	for range 3 {
		w.event(true)
	}
	for range 3 {
		w.round(5)
	}
	w.want(t, 3, 0)
	before := w.c.Events
	w.happen(7) // seen by nobody
	w.started, w.events, w.errors = w.started+100, 40, map[string]uint64{"log": 2}
	if !w.scrape() {
		t.Error("the restart was not noticed")
	}
	if w.unwritten["log"] != 2 || w.c.Unwritten["log"] != 2 {
		t.Errorf("unwritten: %v, in all %v", w.unwritten, w.c.Unwritten)
	}
	if got := w.c.Events - before; got != 41 { // all that the new process counted
		t.Errorf("%d events more", got)
	}
	for range 10 {
		w.round(5)
		w.want(t, 3, 0)
	}
	w.events-- // a counter that went back without another start
	w.c.Last.Events = w.events + 10
	if !w.scrape() {
		t.Error("the reset was not noticed")
	}
	w.want(t, 3, 0)
}

func TestClockStepBeginsAnew(t *testing.T) {
	w := newWorld()
	w.scrape()
	s := sample{counters: counters{started: w.started + 1, events: w.events + 9}, from: w.now, to: w.now}
	if anew, _ := w.c.add(s, false); anew {
		t.Error("a second's difference is taken for a restart")
	}
	if anew, _ := w.c.add(s, true); !anew || len(w.c.Pending) != 0 {
		t.Error("does not begin anew")
	}
}

func TestUnwrittenAreNotMissing(t *testing.T) {
	w := newWorld()
	for range 5 {
		w.round(5)
	}
	w.event(true)
	w.errors["log"] = 1
	w.scrape()
	if w.unwritten["log"] != 1 {
		t.Errorf("got %v", w.unwritten)
	}
	w.event(true)
	w.errors["buffered"] = 1 // before the log's backend, or before the webhook's
	w.event(false)
	w.errors["webhook"] = 5
	for range 5 {
		w.round(5)
	}
	w.want(t, 0, 0)
	if got := w.c.Unwritten; got["log"] != 1 || got["buffered"] != 1 || got["webhook"] != 0 {
		t.Errorf("got %v", got)
	}
}

func TestPendingIsBounded(t *testing.T) {
	w := newWorld()
	for range 100 {
		w.scrape()
	}
	if len(w.c.Pending) > maxPending {
		t.Errorf("%d scrapes wait", len(w.c.Pending))
	}
}

// A line that can't be read counts where it stands.
func TestTornLines(t *testing.T) {
	w := newWorld()
	for range 5 {
		w.round(5)
	}
	w.events++
	w.unread = append(w.unread, strings.Repeat("{", 100))
	for range 5 {
		w.round(5)
	}
	w.want(t, 0, 0)
}

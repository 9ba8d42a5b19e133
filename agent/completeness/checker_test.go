package completeness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/inputs"
)

// server is an API server and its log; it is an input, too.
type server struct {
	mu      sync.Mutex
	lines   []string
	events  uint64
	errors  uint64
	started float64
	broken  error
	opened  []inputs.Options
	commits int
	gap     bool
	trouble bool
}

func (s *server) audit(lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events++
	if !lost {
		s.lines = append(s.lines, line("x", "ResponseComplete", time.Now()))
	}
}

func (s *server) scrape(context.Context) (sample, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := map[string]uint64{}
	if s.errors > 0 {
		errs["log"] = s.errors
	}
	return sample{counters: counters{s.started, s.events, errs}, id: "own", from: time.Now().Add(-lead), to: time.Now()}, s.broken
}

func (s *server) Run(context.Context) error { return nil }

func (s *server) Forget(string) {}

func (s *server) Open(o inputs.Options) (inputs.Reader, error) {
	s.opened = append(s.opened, o)
	r := &reader{server: s, at: len(s.lines)}
	if o.Cursor != nil {
		if err := json.Unmarshal(o.Cursor, &r.at); err != nil {
			return nil, err
		}
	}
	return r, nil
}

type reader struct {
	*server
	at int
}

type cursor int

func (c cursor) MarshalJSON() ([]byte, error) { return strconv.AppendInt(nil, int64(c), 10), nil }

func (r *reader) Next(ctx context.Context) (inputs.Record, error) {
	for {
		if rec, ok, err := r.take(); ok || err != nil {
			return rec, err
		}
		select {
		case <-ctx.Done():
			return inputs.Record{}, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (r *reader) take() (inputs.Record, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gap {
		r.gap = false
		return inputs.Record{}, false, &inputs.GapError{From: -1, To: -1}
	}
	if r.trouble {
		return inputs.Record{}, false, errors.New("input/output error")
	}
	if r.at == len(r.lines) {
		return inputs.Record{}, false, nil
	}
	r.at++
	return inputs.Record{Data: []byte(r.lines[r.at-1])}, true, nil
}

func (r *reader) Cursor() inputs.Cursor { return cursor(r.at) }
func (r *reader) Commit(inputs.Cursor)  { r.mu.Lock(); defer r.mu.Unlock(); r.commits++ }
func (r *reader) Lag() inputs.Lag       { return inputs.Lag{} }
func (r *reader) Close() error          { return nil }

// site is where a checker runs.
type site struct {
	*server
	c    *Checker
	t    *testing.T
	dir  string
	log  *bytes.Buffer
	stop func()
}

func newSite(t *testing.T) *site {
	s := &site{server: &server{started: 1.5e9, events: 77}, t: t, dir: t.TempDir(), log: &bytes.Buffer{}, stop: func() {}}
	s.restart()
	return s
}

// restart ends the checker and starts another on its state.
func (s *site) restart() {
	s.t.Helper()
	s.stop()
	log := slog.New(slog.NewTextHandler(s.log, nil))
	s.c = New(Config{}, Parts{InputName: "in", Input: s.server, Store: checkpoint.NewStore(disk.OS{}, s.dir, log), Log: log})
	s.c.scrape = s.server.scrape
	if err := s.c.Open(); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	ended := make(chan bool)
	go func() { s.c.Run(ctx); close(ended) }()
	s.stop = func() { cancel(); <-ended }
}

// change changes the server.
func (s *site) change(how func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how()
}

// pass lets an event happen each second.
func (s *site) pass(seconds int) {
	for range seconds {
		time.Sleep(time.Second / 2)
		s.audit(false)
		time.Sleep(time.Second / 2)
	}
	synctest.Wait()
}

func (s *site) want(missing, surplus uint64, failing string) {
	s.t.Helper()
	if r := s.c.Report(); r.Missing != missing || r.Surplus != surplus || r.Failing != failing {
		s.t.Fatalf("got %+v, want %d missing, %d surplus, failing %q\n%s", r, missing, surplus, failing, s.log)
	}
}

func (s *site) logged(times int, text string) {
	s.t.Helper()
	if n := strings.Count(s.log.String(), text); n != times {
		s.t.Errorf("%q is logged %d times, want %d:\n%s", text, n, times, s.log)
	}
}

// at runs a test in a world of its own time.
func at(t *testing.T, test func(s *site)) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		defer func() { s.stop() }()
		test(s)
	})
}

func TestCheckerFindsLoss(t *testing.T) {
	at(t, func(s *site) {
		s.pass(600)
		s.want(0, 0, "")
		if r := s.c.Report(); r.Events < 560 || r.Checked.IsZero() || s.commits < 10 || !s.c.state.Exact {
			s.t.Errorf("got %+v, %d commits", r, s.commits)
		}
		s.audit(true)
		s.audit(true)
		s.pass(300)
		s.want(2, 0, "")
		s.pass(3600)
		s.want(2, 0, "")
		s.logged(1, "counted audit events that are not in its log")
	})
}

func TestCheckerFindsLossWhileItWasStopped(t *testing.T) {
	at(t, func(s *site) {
		s.pass(300)
		s.stop()
		s.audit(true)
		s.pass(100)
		s.restart()
		s.pass(300)
		s.want(1, 0, "")
		s.restart()
		s.want(1, 0, "")
		s.pass(300)
		s.want(1, 0, "")
		s.logged(1, "counted audit events that are not in its log")
		if last := s.opened[2]; last.Cursor == nil || last.Start != inputs.End || last.Pipeline != "in/(server)" {
			s.t.Errorf("opened %+v", last)
		}
	})
}

func TestCheckerTellsWhatWasNotWritten(t *testing.T) {
	at(t, func(s *site) {
		s.change(func() { s.errors = 3 }) // before anybody looked
		s.pass(100)
		s.logged(1, "could not write audit events")
		s.change(func() { s.errors++ })
		s.audit(true)
		s.pass(300)
		s.want(0, 0, "")
		s.logged(2, "could not write audit events")
		if got := s.c.Report().Unwritten["log"]; got != 4 {
			s.t.Errorf("%d unwritten", got)
		}
	})
}

func TestCheckerFailing(t *testing.T) {
	at(t, func(s *site) {
		s.pass(300)
		s.change(func() { s.broken = &fault{reason: "forbidden", advice: "allow it"} })
		s.pass(1800)
		s.want(0, 0, "forbidden")
		s.logged(1, "can't be compared")
		s.pass(3600)
		s.logged(2, "can't be compared")
		s.audit(true) // while nobody could ask
		s.change(func() { s.broken = nil })
		s.pass(300)
		s.want(1, 0, "")
		s.logged(1, "can be read again")
	})
}

func TestCheckerSeesRestart(t *testing.T) {
	at(t, func(s *site) {
		s.pass(300)
		s.change(func() { s.started, s.events = s.started+300, 5 })
		s.pass(300)
		s.want(0, 0, "")
		s.logged(1, "begins anew")
	})
}

func TestCheckerSeesLoadBalancer(t *testing.T) {
	at(t, func(s *site) {
		for i := range 20 {
			s.pass(30)
			s.change(func() { s.started = 1.5e9 + float64(i%2)*100 })
		}
		s.want(0, 0, "unsteady")
		s.logged(1, "can't be compared")
	})
}

// What can't be read yet is not missing.
func TestCheckerWaitsForTheReader(t *testing.T) {
	at(t, func(s *site) {
		s.pass(300)
		s.change(func() { s.trouble, s.gap = true, true })
		s.pass(900)
		s.want(0, 0, "")
		s.change(func() { s.trouble = false })
		s.pass(300)
		s.want(0, 0, "")
		if s.c.gaps != 1 {
			s.t.Errorf("%d gaps", s.c.gaps)
		}
	})
}

func TestCheckerBeginsAnewWithoutState(t *testing.T) {
	at(t, func(s *site) {
		s.stop()
		if err := s.c.Store.Save(&checkpoint.Checkpoint{Cursor: json.RawMessage("0"), State: []byte("{nonsense")}); err != nil {
			s.t.Fatal(err)
		}
		s.restart()
		if last := s.opened[1]; last.Cursor != nil {
			s.t.Errorf("opened %+v", last)
		}
		s.pass(300)
		s.want(0, 0, "")
	})
}

func TestMetrics(t *testing.T) {
	at(t, func(s *site) {
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(Metrics{s.c})
		want(t, registry, map[string]float64{"missing_events": 0, "unwritten_events_total log": 0, "events_total": 0})
		s.change(func() { s.errors = 2 })
		s.pass(301)
		s.change(func() { s.broken = &fault{reason: "timeout"} })
		s.pass(60)
		want(t, registry, map[string]float64{"missing_events": 0, "surplus_events": 0, "unwritten_events_total log": 2, "check_failing timeout": 1})
		if r := (Metrics{s.c}).Report("in"); r == nil || r.Events == 0 || (Metrics{}).Report("in") != nil {
			t.Errorf("got %+v", r)
		}
	})
}

func want(t *testing.T, registry *prometheus.Registry, want map[string]float64) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.Metric {
			name := strings.TrimPrefix(family.GetName(), "auditship_server_")
			for _, label := range m.Label[1:] {
				name += " " + label.GetValue()
			}
			got[name] = value(m)
		}
	}
	for name, v := range want {
		if had, ok := got[name]; !ok || had != v {
			t.Errorf("%s: got %v, want %v (%s)", name, had, v, fmt.Sprint(got))
		}
	}
}

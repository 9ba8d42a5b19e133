package ledger

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/auditship/auditship/inputs"
)

// Every count is added: a new one that Add forgets would be wrong in each checkpoint.
func TestAddAddsEveryCount(t *testing.T) {
	var one, sum Counts
	v := reflect.ValueOf(&one).Elem()
	for i := range v.NumField() {
		v.Field(i).SetUint(uint64(i + 1))
	}
	sum.Add(one)
	sum.Add(one)
	for i := range v.NumField() {
		if got, want := reflect.ValueOf(sum).Field(i).Uint(), uint64(2*(i+1)); got != want {
			t.Errorf("%s is %d, want %d", v.Type().Field(i).Name, got, want)
		}
	}
}

// Whenever it is looked at, the ledger balances: what is booked at once is seen at once.
func TestEverySnapshotBalances(t *testing.T) {
	l := New(Counts{Read: 7, Delivered: 7})
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 1000 {
				l.Add(Counts{Read: 10})
				l.Add(Counts{Delivered: 7, Filtered: 2, DeadLettered: 1})
			}
		})
	}
	ended := make(chan struct{})
	go func() { writers.Wait(); close(ended) }()
	for running := true; running; {
		select {
		case <-ended:
			running = false
		default:
		}
		if s := l.Snapshot(); s.InFlight() > 40 || s.InFlight()%10 != 0 {
			t.Fatalf("%d in flight: %+v", s.InFlight(), s.Counts)
		}
	}
	if s := l.Snapshot(); s.Read != 40_007 || s.InFlight() != 0 {
		t.Errorf("at the end: %+v", s.Counts)
	}
}

func TestOnlyTheLatestGapsAreKept(t *testing.T) {
	l := New(Counts{})
	for i := range 100 {
		l.AddGap(Gap{File: fmt.Sprint(i), From: 10, To: 15})
	}
	l.AddGap(Gap{File: "last", From: 3, To: -1})
	s := l.Snapshot()
	if s.Gaps != 101 || s.GapBytes != 500 || len(s.RecentGaps) != keptGaps {
		t.Errorf("%+v, %d kept", s.Counts, len(s.RecentGaps))
	}
	if first, last := s.RecentGaps[0].File, s.RecentGaps[keptGaps-1].File; first != "69" || last != "last" {
		t.Errorf("kept are %s to %s", first, last)
	}
}

func TestLagSeconds(t *testing.T) {
	now := time.Now()
	ago := func(s int) time.Time { return now.Add(-time.Duration(s) * time.Second) }
	for name, c := range map[string]struct {
		progress Progress
		unread   int64
		want     float64
	}{
		"nothing waits":                    {Progress{Acknowledged: ago(500)}, 0, 0},
		"nothing was ever acknowledged":    {Progress{Waiting: ago(30)}, 10, 30},
		"in flight after a quiet hour":     {Progress{Acknowledged: ago(3600), Waiting: ago(2)}, 0, 2},
		"in flight, and more behind it":    {Progress{Acknowledged: ago(70), Waiting: ago(60)}, 10, 60},
		"only unread":                      {Progress{Acknowledged: ago(70)}, 10, 70},
		"unread, nothing known":            {Progress{}, 10, 0},
		"an event from a clock that is on": {Progress{Waiting: ago(-100)}, 10, 0},
	} {
		s := Snapshot{Progress: c.progress}
		if got := s.LagSeconds(now, inputs.Lag{Bytes: c.unread}); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestMetricsOfTwoPipelines(t *testing.T) {
	m := NewMetrics()
	var meters *Meters
	for _, output := range []string{"a", "b"} {
		l := New(Counts{Read: 5, Delivered: 3, Filtered: 1, Unchecked: 2})
		l.AddGap(Gap{Noticed: time.Unix(1700000000, 0)})
		l.AddGap(Gap{Noticed: time.Unix(1800000000, 0)})
		l.Update(func(p *Progress) { p.Blocked, p.NeedsYou, p.Committed = "forbidden", true, time.Now() })
		meters = m.Add(View{Input: "in", Output: output, Ledger: l, Lag: func() inputs.Lag { return inputs.Lag{Bytes: 9, SecondsUntilLoss: math.Inf(1)} }})
	}
	meters.Acknowledged(time.Now(), time.Now())
	meters.Retried("throttled")
	m.Anomaly("in", "truncated")
	m.Reloaded("identities", nil)
	m.Reloaded("identities", errors.New("broken"))
	var none *Meters
	none.Acknowledged(time.Now(), time.Now())
	none.Retried("x")

	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(m)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	page := map[string]string{}
	for _, f := range families {
		page[f.GetName()] = fmt.Sprint(f.GetMetric())
	}
	for name, want := range map[string]string{
		"auditship_in_flight_events":           "gauge:{value:1}",
		"auditship_last_gap_timestamp_seconds": "gauge:{value:1.8e+09}",
		"auditship_unchecked_events_total":     "counter:{value:2}",
		"auditship_lag_bytes":                  "gauge:{value:9}",
		"auditship_seconds_until_loss":         "gauge:{value:inf}",
		"auditship_blocked":                    `name:"needs_you" value:"true"} label:{name:"output" value:"b"} label:{name:"reason" value:"forbidden"}`,
		"auditship_retries_total":              `value:"throttled"`,
		"auditship_input_anomalies_total":      `value:"truncated"`,
		"auditship_reloads_total":              `value:"failed"`,
		"auditship_reload_failed":              `value:1`,
	} {
		text := strings.Join(strings.Fields(page[name]), " ")
		if !strings.Contains(strings.ToLower(text), want) {
			t.Errorf("%s is %s, want %s", name, text, want)
		}
	}
}

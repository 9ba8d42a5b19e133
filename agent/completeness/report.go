package completeness

import (
	"maps"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Report is how far the log is complete.
type Report struct {
	Input     string            `json:"input"`
	Since     time.Time         `json:"since"`               // when the comparing began; zero: not yet
	Checked   time.Time         `json:"checked"`             // all that was counted up to then was compared; zero: nothing yet
	Events    uint64            `json:"events"`              // counted by the API server since then
	Unwritten map[string]uint64 `json:"unwritten,omitempty"` // by plugin: those it could not write
	Missing   uint64            `json:"missing"`             // counted, and neither unwritten nor in the log
	Surplus   uint64            `json:"surplus"`             // in the log, and not counted
	Failing   string            `json:"failing,omitempty"`   // why nothing can be compared at present
}

// Report is the newest. It is safe to be called beside Run.
func (c *Checker) Report() Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.report
}

func (c *Checker) publish() {
	s := &c.state
	r := Report{
		Input: c.InputName, Since: s.Since, Checked: s.Judged, Events: s.Events, Unwritten: maps.Clone(s.Unwritten),
		Missing: s.missing(), Surplus: s.surplus(), Failing: c.trouble.reason,
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report = r
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("auditship_server_"+name, help, append([]string{"input"}, labels...), nil)
}

var (
	events    = desc("events_total", "Audit events that the API server counted since the comparison began.")
	unwritten = desc("unwritten_events_total", "Audit events that the API server could not write, by its plugin.", "plugin")
	missing   = desc("missing_events", "Audit events that the API server counted and that are not in its log.")
	surplus   = desc("surplus_events", "Events in the log that the API server did not count.")
	age       = desc("check_age_seconds", "How long ago the newest scrape was that the log was compared with; a minute and more is normal. +Inf: none was.")
	failing   = desc("check_failing", "1 while the API server's counters can't be read, by the reason.", "reason")
)

// Metrics are those of all checkers: a prometheus.Collector.
type Metrics []*Checker

// Describe is part of prometheus.Collector.
func (Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{events, unwritten, missing, surplus, age, failing} {
		to <- d
	}
}

// Collect is part of prometheus.Collector.
func (m Metrics) Collect(to chan<- prometheus.Metric) {
	for _, c := range m {
		c.Report().collect(to, time.Now())
	}
}

func (r Report) collect(to chan<- prometheus.Metric, now time.Time) {
	send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, value, append([]string{r.Input}, labels...)...)
	}
	send(events, prometheus.CounterValue, float64(r.Events))
	send(missing, prometheus.GaugeValue, float64(r.Missing))
	send(surplus, prometheus.GaugeValue, float64(r.Surplus))
	send(age, prometheus.GaugeValue, r.age(now))
	send(unwritten, prometheus.CounterValue, float64(r.Unwritten["log"]), "log") // there from the beginning, so that a rise shows
	for plugin, n := range r.Unwritten {
		if plugin != "log" {
			send(unwritten, prometheus.CounterValue, float64(n), plugin)
		}
	}
	if r.Failing != "" {
		send(failing, prometheus.GaugeValue, 1, r.Failing)
	}
}

func (r Report) age(now time.Time) float64 {
	if r.Checked.IsZero() {
		return math.Inf(1)
	}
	return max(0, now.Sub(r.Checked).Seconds())
}

// Report is that of an input; nil where there is none.
func (m Metrics) Report(input string) *Report {
	for _, c := range m {
		if c.InputName == input {
			r := c.Report()
			return &r
		}
	}
	return nil
}

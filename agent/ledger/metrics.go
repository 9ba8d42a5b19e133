package ledger

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/auditship/auditship/inputs"
)

// View is what the metrics of one pipeline are made of.
type View struct {
	Input, Output string
	Ledger        *Ledger
	Lag           func() inputs.Lag
	Rules         func(yield func(rule, result string, events uint64)) // nil: none are shown
}

// Metrics are those of all pipelines. They are read from the books when they are asked for.
type Metrics struct {
	mu    sync.Mutex
	views []View

	write, latency *prometheus.HistogramVec
	retries        *prometheus.CounterVec
	anomalies      *prometheus.CounterVec
	reloads        reloads
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("auditship_"+name, help, append([]string{"input", "output"}, labels...), nil)
}

var (
	eventsTotal   = desc("events_total", "Records by what became of them. read = delivered + filtered + dead_lettered + in flight; duplicate are those of the delivered that the output had already.", "result")
	trimmedTotal  = desc("trimmed_events_total", "Events delivered without some of their fields because they were longer than max_event_bytes, or the output refused them.")
	unchecked     = desc("unchecked_events_total", "Events delivered that the output may hold twice: they may be repeats, and it could not look.")
	gapsTotal     = desc("gaps_total", "Times that records were lost before they were read.")
	lastGap       = desc("last_gap_timestamp_seconds", "When records were last found to be lost before they were read, in seconds since 1970; 0: never.")
	gapBytes      = desc("gap_bytes_total", "Bytes of the log lost before they were read, where known.")
	inFlight      = desc("in_flight_events", "Records read and neither delivered, filtered nor dead-lettered yet.")
	inFlightBytes = desc("in_flight_bytes", "Shipped bytes of the batches that wait for an acknowledgement.")
	lagBytes      = desc("lag_bytes", "Bytes of the log that are not acknowledged: unread ones and those in flight.")
	lagSeconds    = desc("lag_seconds", "How long ago the oldest event happened that waits: in flight, else (as far as is known) unread; 0 while nothing waits.")
	untilLoss     = desc("seconds_until_loss", "At present rates, when unread records get deleted; +Inf: not in sight.")
	checkpointAge = desc("checkpoint_age_seconds", "How long ago the checkpoint was written.")
	ruleEvents    = desc("rule_events_total", "Events by the rule of the configuration that decided, since the start: filtered, reduced (shipped without a body) or kept; error: its condition could not be answered, so it did not match.", "rule", "result")
	blocked       = desc("blocked", "1 while delivery fails, by the reason; needs_you: it does not pass by itself.", "reason", "needs_you")
)

// NewMetrics makes metrics without pipelines.
func NewMetrics() *Metrics {
	labels := []string{"input", "output"}
	return &Metrics{
		reloads: newReloads(),
		write: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "auditship_write_duration_seconds", Help: "How long it took to deliver a batch, retries included.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 18),
		}, labels),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "auditship_ack_latency_seconds", Help: "Age of the oldest event of each batch (its stageTimestamp) when the batch was acknowledged.",
			Buckets: prometheus.ExponentialBucketsRange(0.001, 3600, 64),
		}, labels),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "auditship_retries_total", Help: "Attempts that had to be made again.",
		}, append(labels, "reason")),
		anomalies: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "auditship_input_anomalies_total", Help: "Odd things about the log's files, by kind.",
		}, []string{"input", "kind"}),
	}
}

// Add shows a pipeline, in the place of one that had its names, and returns its meters.
func (m *Metrics) Add(v View) *Meters {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.views = append(m.without(v.Input, v.Output), v)
	labels := prometheus.Labels{"input": v.Input, "output": v.Output}
	return &Meters{write: m.write.With(labels), latency: m.latency.With(labels), retries: m.retries.MustCurryWith(labels)}
}

// Remove shows a pipeline no more.
func (m *Metrics) Remove(input, output string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.views = m.without(input, output)
	labels := prometheus.Labels{"input": input, "output": output}
	m.write.Delete(labels)
	m.latency.Delete(labels)
	m.retries.DeletePartialMatch(labels)
}

// without is a list of its own: a scrape may be reading the one before.
func (m *Metrics) without(input, output string) []View {
	return slices.DeleteFunc(slices.Clone(m.views), func(v View) bool { return v.Input == input && v.Output == output })
}

// Anomaly counts an odd thing about an input.
func (m *Metrics) Anomaly(input, kind string) { m.anomalies.WithLabelValues(input, kind).Inc() }

// Describe is part of prometheus.Collector.
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{eventsTotal, trimmedTotal, unchecked, gapsTotal, gapBytes, lastGap, inFlight, inFlightBytes, lagBytes, lagSeconds, untilLoss, checkpointAge, ruleEvents, blocked} {
		to <- d
	}
	for _, c := range m.collectors() {
		c.Describe(to)
	}
}

func (m *Metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.write, m.latency, m.retries, m.anomalies, m.reloads.total, m.reloads.failed}
}

// Collect is part of prometheus.Collector.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	m.mu.Lock()
	views := m.views
	m.mu.Unlock()
	for _, v := range views {
		v.collect(to)
	}
	for _, c := range m.collectors() {
		c.Collect(to)
	}
}

func (v *View) collect(to chan<- prometheus.Metric) {
	now, s, lag := time.Now(), v.Ledger.Snapshot(), v.Lag()
	send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, value, append([]string{v.Input, v.Output}, labels...)...)
	}
	for result, value := range map[string]uint64{
		"read": s.Read, "delivered": s.Delivered, "filtered": s.Filtered, "dead_lettered": s.DeadLettered, "duplicate": s.Duplicate,
	} {
		send(eventsTotal, prometheus.CounterValue, float64(value), result)
	}
	send(trimmedTotal, prometheus.CounterValue, float64(s.Trimmed))
	send(unchecked, prometheus.CounterValue, float64(s.Unchecked))
	send(gapsTotal, prometheus.CounterValue, float64(s.Gaps))
	send(gapBytes, prometheus.CounterValue, float64(s.GapBytes))
	send(lastGap, prometheus.GaugeValue, s.lastGap())
	send(inFlight, prometheus.GaugeValue, float64(s.InFlight()))
	send(inFlightBytes, prometheus.GaugeValue, float64(s.BytesInFlight))
	send(lagBytes, prometheus.GaugeValue, float64(lag.Bytes+s.BytesInFlight))
	send(lagSeconds, prometheus.GaugeValue, s.LagSeconds(now, lag))
	send(untilLoss, prometheus.GaugeValue, lag.SecondsUntilLoss)
	if !s.Committed.IsZero() {
		send(checkpointAge, prometheus.GaugeValue, now.Sub(s.Committed).Seconds())
	}
	if v.Rules != nil {
		v.Rules(func(rule, result string, events uint64) {
			send(ruleEvents, prometheus.CounterValue, float64(events), rule, result)
		})
	}
	if s.Blocked != "" {
		send(blocked, prometheus.GaugeValue, 1, s.Blocked, strconv.FormatBool(s.NeedsYou))
	}
}

// lastGap is when the newest gap was noticed, in seconds since 1970. A rise of the counter alone would not be seen where it happens before the first
// scrape: what was deleted while the agent was stopped is found when it starts.
func (s *Snapshot) lastGap() float64 {
	if len(s.RecentGaps) == 0 {
		return 0
	}
	return float64(s.RecentGaps[len(s.RecentGaps)-1].Noticed.Unix())
}

// LagSeconds is how long ago the oldest event happened that waits: the oldest one in flight; where only unread ones wait,
// none of them is older than the newest acknowledged one. 0 while nothing waits.
func (s *Snapshot) LagSeconds(now time.Time, lag inputs.Lag) float64 {
	oldest := s.Waiting
	if oldest.IsZero() && lag.Bytes > 0 {
		oldest = s.Acknowledged
	}
	if oldest.IsZero() {
		return 0
	}
	return max(0, now.Sub(oldest).Seconds())
}

package ledger

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Meters measure one pipeline. The nil Meters measure nothing.
type Meters struct {
	write   prometheus.Observer
	latency prometheus.Observer
	retries *prometheus.CounterVec // by reason
}

// Acknowledged measures a batch: how long its delivery took since started, and how long ago its oldest event happened.
func (m *Meters) Acknowledged(started, oldest time.Time) {
	if m == nil {
		return
	}
	now := time.Now()
	m.write.Observe(now.Sub(started).Seconds())
	if !oldest.IsZero() {
		m.latency.Observe(now.Sub(oldest).Seconds())
	}
}

// Retried counts an attempt that is made again.
func (m *Meters) Retried(reason string) {
	if m != nil {
		m.retries.WithLabelValues(reason).Inc()
	}
}

package ledger

import "github.com/prometheus/client_golang/prometheus"

// reloads count the files that were taken in anew.
type reloads struct {
	total  *prometheus.CounterVec
	failed *prometheus.GaugeVec
}

func newReloads() reloads {
	return reloads{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "auditship_reloads_total", Help: "Changed files that were taken in without a restart, or could not be, by the key of the configuration that names them; config is that file itself.",
		}, []string{"target", "result"}),
		failed: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "auditship_reload_failed", Help: "1 while a changed file can't be taken in: what it held before is in force.",
		}, []string{"target"}),
	}
}

// Watched shows a target, of which nothing has changed yet.
func (m *Metrics) Watched(target string) { m.reloads.failed.WithLabelValues(target) }

// Unwatched shows a target no more.
func (m *Metrics) Unwatched(target string) { m.reloads.failed.DeleteLabelValues(target) }

// Reloaded counts a changed file: an error means that what it held before stays in force.
func (m *Metrics) Reloaded(target string, err error) {
	result, failed := "done", 0.0
	if err != nil {
		result, failed = "failed", 1
	}
	m.reloads.total.WithLabelValues(target, result).Inc()
	m.reloads.failed.WithLabelValues(target).Set(failed)
}

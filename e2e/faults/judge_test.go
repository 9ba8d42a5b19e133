package faults

import (
	"context"
	"fmt"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/verify"
)

// judge waits until all is delivered, and holds what the outputs have against what was written.
func (r *run) judge(others int, recovery time.Duration) {
	r.Helper()
	var log verify.Log
	for _, journal := range r.apiserver.journals {
		must(r.T, log.ReadFile(journal))
	}
	metrics := r.settle(log.Len())
	if r.check != nil {
		r.check(r)
	}
	must(r.T, r.process.Stop(r.Context()))

	v := r.verdict
	if v.events = log.Len(); len(r.hit()) > 0 {
		v.recovery = fmt.Sprintf("%.1f s", recovery.Seconds())
	}
	if others >= 0 {
		v.others = fmt.Sprintf("≥ %d", others)
	}
	for _, d := range r.destinations {
		result, err := log.Compare(d.Name, d.read(r.Context()))
		must(r.T, err)
		dead := metrics.Events(d.Name, "dead_lettered")
		r.Logf("%v  dead-lettered %d  repeats met %d", result, dead, metrics.Events(d.Name, "duplicate"))
		v.lost, v.doubled, v.deadLettered = v.lost+result.Missing-dead, v.doubled+result.Doubled, v.deadLettered+dead
		if result.Missing != dead || result.Doubled+result.Extra+result.Altered > 0 {
			r.Errorf("%s does not hold exactly what the log holds", d.Name)
		}
		if dead != r.dead[d.Name] {
			r.Errorf("%d dead letters of %s, want %d", dead, d.Name, r.dead[d.Name])
		}
	}
	if v.gaps = int(metrics.Sum("auditship_gaps_total", nil)); v.gaps > 0 && !r.gaps {
		r.Errorf("%d gaps", v.gaps)
	}
	if others == 0 {
		r.Error("another output stood still while the fault lasted")
	}
}

// settle waits until every output is done with as many events as there are. The agent's own word that nothing is left is
// not enough: it may not have looked since the last ones were written.
func (r *run) settle(events int) agent.Metrics {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), settleLimit)
	defer cancel()
	must(r.T, r.process.Await(ctx, func(m agent.Metrics) bool {
		for _, name := range all {
			if m.Events(name, "delivered")+m.Events(name, "dead_lettered") < events {
				return false
			}
		}
		return true
	}))
	return r.scrape()
}

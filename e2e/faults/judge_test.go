package faults

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/verify"
)

// judge waits until all is delivered, and holds what the outputs have against what was written.
func (r *run) judge(others int, recovery time.Duration) {
	r.Helper()
	var log verify.Log
	must(r.T, errors.Join(r.writer.Close(), log.ReadFile(r.writer.Journal)))
	metrics := r.settle(log.Len())
	if r.check != nil {
		r.check(r)
	}
	must(r.T, r.process.Stop(r.Context()))

	v := verdict{row: r.name, hit: strings.Join(r.hits, ", "), events: log.Len(), recovery: fmt.Sprintf("%.1f s", recovery.Seconds())}
	if r.hits == nil {
		v.hit = "all"
	}
	if v.others = "–"; others >= 0 {
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
	if gaps := metrics.Sum("auditship_gaps_total", nil); gaps > 0 {
		r.Errorf("%.0f gaps", gaps)
	}
	if others == 0 {
		r.Error("another output stood still while the fault lasted")
	}
	v.passed = !r.Failed()
	r.Log(v)
	results = append(results, v)
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

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/verify"
)

// judge waits until all is delivered, and holds what the outputs have against what was written.
func (r *run) judge() {
	r.Helper()
	var log verify.Log
	for _, journal := range r.apiserver.journals {
		must(r.T, log.ReadFile(journal))
	}
	r.verdict.events = log.Len()
	metrics := r.settle(log.Len())
	if r.check != nil {
		r.check(r)
	}
	must(r.T, r.process.Stop(r.Context()))
	for i, result := range r.readBack(&log) {
		output := r.destinations[i].Name
		r.audit(output, metrics)
		r.compare(output, result, metrics)
	}
	if r.verdict.gaps = int(metrics.Sum("auditship_gaps_total", nil)); r.verdict.gaps > 0 && !r.gaps {
		r.Errorf("%d gaps", r.verdict.gaps)
	}
}

// reasons wants all dead letters of an output to have this reason.
func (r *run) reasons(output, want string) {
	r.Helper()
	content, err := os.ReadFile(filepath.Join(r.config.StateDir, "pipelines", r.config.Inputs[0].Name+"--"+output, "dead-letters.jsonl"))
	must(r.T, err)
	n := 0
	for line := range bytes.Lines(content) {
		var letter struct{ Reason string }
		must(r.T, json.Unmarshal(line, &letter))
		if n++; letter.Reason != want {
			r.Errorf("a dead letter of %s has the reason %q, want %q", output, letter.Reason, want)
		}
	}
	if n != r.dead[output] {
		r.Errorf("the file of dead letters of %s has %d, want %d", output, n, r.dead[output])
	}
}

// readBack holds what each output has against the log.
func (r *run) readBack(log *verify.Log) []*verify.Result {
	results, errs := make([]*verify.Result, len(r.destinations)), make([]error, len(r.destinations))
	var reading sync.WaitGroup
	for i, d := range r.destinations {
		reading.Go(func() { results[i], errs[i] = log.Compare(d.Name, d.read(r.Context())) })
	}
	reading.Wait()
	must(r.T, errors.Join(errs...))
	return results
}

// audit holds the agent's own books against what was written.
func (r *run) audit(output string, metrics agent.Metrics) {
	read, dead := metrics.Events(output, "read"), metrics.Events(output, "dead_lettered")
	done := metrics.Events(output, "delivered") + metrics.Events(output, "filtered") + dead
	if read != r.verdict.events || done != read {
		r.Errorf("%s: the ledger has %d read and %d done, want %d", output, read, done, r.verdict.events)
	}
	if dead != r.dead[output] {
		r.Errorf("%d dead letters of %s, want %d", dead, output, r.dead[output])
	}
}

func (r *run) compare(output string, result *verify.Result, metrics agent.Metrics) {
	dead := metrics.Events(output, "dead_lettered")
	r.Logf("%v  dead-lettered %d  repeats met %d", result, dead, metrics.Events(output, "duplicate"))
	v := r.verdict
	v.lost, v.doubled, v.deadLettered = v.lost+result.Missing-dead, v.doubled+result.Doubled, v.deadLettered+dead
	if result.Missing != dead || result.Doubled+result.Extra+result.Altered > 0 {
		r.Errorf("%s does not hold exactly what the log holds", output)
	}
}

// settle waits until every output is done with as many events as there are. The agent's own word that nothing is left is
// not enough: it may not have looked since the last ones were written.
func (r *run) settle(events int) agent.Metrics {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), settleLimit+r.lasts)
	defer cancel()
	start := time.Now()
	must(r.T, r.process.Await(ctx, func(m agent.Metrics) bool {
		for _, name := range all {
			if m.Events(name, "delivered")+m.Events(name, "dead_lettered") < events {
				return false
			}
		}
		return true
	}))
	r.Logf("all done %.1f s after the last event", time.Since(start).Seconds())
	return r.scrape()
}

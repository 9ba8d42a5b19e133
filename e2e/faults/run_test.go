package faults

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
)

const (
	clientLimit   = 20 * time.Second
	progressLimit = 3 * time.Minute
	recoveryLimit = 90 * time.Second
	settleLimit   = 3 * time.Minute
	requestLimit  = "4s" // the agent's, so that it soon notices what never answers
)

// run is a row that is being tried.
type run struct {
	*testing.T
	row
	*lab
	dir, id      string
	destinations []destination
	config       *agent.Config
	process      *agent.Process
	apiserver    *apiserver
	clocks       []*Clock  // of the agent and the API server, once they were stepped
	names        *Resolver // nil: the agent knows servers by address
	group        *Group    // of the agent; nil: the test's own
	verdict      *verdict
}

// try tries the row in a lab that no other row uses meanwhile.
func (r row) try(t *testing.T, l *lab) {
	v := &verdict{number: r.number, row: r.name, hit: r.hitNames(), others: "–", recovery: "–"}
	defer func() { results.add(t, *v) }()
	run := newRun(t, r, v, l)
	run.start()
	run.await("a beginning", func(m agent.Metrics) bool { return delivered(m, all, 200) })
	run.suffer()
	run.pause(r.after)
	run.apiserver.stop(run)
	run.judge()
}

// suffer is the fault from its beginning until what it hit has recovered.
func (r *run) suffer() {
	before := r.scrape()
	r.Logf("cause: %s", r.name)
	r.cause(r)
	r.pause(r.lasts)
	if len(r.hit()) < len(all) {
		r.await("progress of outputs that are not hit", func(m agent.Metrics) bool { return r.unhit(before, m) > 0 })
	}
	if r.end != nil {
		r.end(r)
	}
	if len(r.hit()) < len(all) {
		r.verdict.others = fmt.Sprintf("≥ %d", r.unhit(before, r.scrape()))
	}
	atEnd := before
	if m, err := r.process.Metrics(r.Context()); err == nil {
		atEnd = m
	}
	if len(r.hit()) > 0 {
		r.catchUp(atEnd)
	}
}

// catchUp enters how long it takes until what was hit has caught up. If that takes too long, since the machine cannot keep up
// with the log, it must come when no more is written: see settle.
func (r *run) catchUp(since agent.Metrics) {
	ctx, cancel := context.WithTimeout(r.Context(), recoveryLimit+r.lasts)
	defer cancel()
	over, late := time.Now(), ""
	if err := r.process.Await(ctx, func(m agent.Metrics) bool { return r.caughtUp(since, m) }); err != nil {
		late = "> "
		r.Logf("no recovery yet: %v", err)
	}
	r.verdict.recovery = fmt.Sprintf("%s%.1f s", late, time.Since(over).Seconds())
}

var unfit = regexp.MustCompile(`[^a-z0-9]+`)

func newRun(t *testing.T, r row, v *verdict, l *lab) *run {
	t.Helper()
	run := &run{T: t, row: r, lab: l.enter(t), verdict: v,
		id: strings.Trim(unfit.ReplaceAllString(strings.ToLower(r.name), "-"), "-")}
	var err error
	run.dir, err = os.MkdirTemp(workDir, "row-")
	must(t, err)
	run.apiserver = newAPIServer(run)
	must(t, run.kafka.grow(t.Context(), int(slices.Max(r.replicas()))))
	must(t, run.kafka.create(t.Context(), run.topic(), r.replicas()...))
	if r.named {
		run.useNames()
	}
	run.configure()
	if r.prepare != nil {
		r.prepare(run)
	}
	return run
}

// start starts the agent, for the first time with a log that grows from then on.
func (r *run) start() {
	r.Helper()
	if !r.apiserver.running() {
		r.apiserver.start(r)
	}
	process, err := auditship.StartUnder(r.under, r.config)
	must(r.T, err)
	r.process = process
	r.Cleanup(process.Kill)
}

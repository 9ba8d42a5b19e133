package faults

import (
	"context"
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
	progressLimit = 90 * time.Second
	settleLimit   = 3 * time.Minute
	requestLimit  = "4s" // the agent's, so that it soon notices what never answers
)

// row is one fault: what it hits, how it is caused and ended, and what must hold beside "all there, once".
type row struct {
	number   int // in the table
	name     string
	hits     []string // outputs; nil: all; or none
	quick    bool     // may be drawn by a short run
	brokers  []int32  // replicas of the topic, the leader first; nil: the first broker alone
	stream   bool     // Elasticsearch gets a data stream
	backups  int      // that the log keeps, of 4 MiB; 0: 5, so that the agent has to guard some
	under    []string // a command under which the agent runs
	named    bool     // the agent knows servers by name
	prepare  func(*run)
	cause    func(*run)
	lasts    time.Duration
	end      func(*run)
	after    time.Duration             // for which the log goes on when all is well again
	dead     map[string]int            // dead letters that are expected
	gaps     bool                      // may be told although nothing is lost
	check    func(*run)                // when all is settled, and the agent still runs
	settings func(*run, *agent.Config) // of the agent
}

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

var (
	all  = []string{"search", "logs", "bus", "archive"}
	none = []string{}
)

func (r row) try(t *testing.T) {
	t.Parallel()
	v := &verdict{number: r.number, row: r.name, hit: r.hitNames(), others: "–", recovery: "–"}
	defer func() { results.add(t, *v) }()
	run := newRun(t, r, v)
	run.start()
	run.await("a beginning", func(m agent.Metrics) bool { return delivered(m, all, 200) })
	before := run.scrape()
	run.Logf("cause: %s", r.name)
	r.cause(run)
	run.pause(r.lasts)
	if r.end != nil {
		r.end(run)
	}
	others := run.others(before)
	over, atEnd := time.Now(), before
	if m, err := run.process.Metrics(t.Context()); err == nil {
		atEnd = m
	}
	run.await("recovery", func(m agent.Metrics) bool { return run.caughtUp(atEnd, m) })
	recovery := time.Since(over)
	run.pause(r.after)
	run.apiserver.stop(run)
	run.judge(others, recovery)
}

// caughtUp tells whether what was hit delivers again, and lags by no more than what comes in within two seconds.
func (r *run) caughtUp(since, now agent.Metrics) bool {
	for _, name := range r.hit() {
		if now.Events(name, "delivered") <= since.Events(name, "delivered") ||
			now.Sum("auditship_lag_bytes", agent.Labels{"output": name}) > 2*perSecond {
			return false
		}
	}
	return true
}

func (r row) hit() []string {
	if r.hits == nil {
		return all
	}
	return r.hits
}

func (r row) hitNames() string {
	switch len(r.hit()) {
	case len(all):
		return "all"
	case 0:
		return "none"
	}
	return strings.Join(r.hits, ", ")
}

// others is the least number of events that an output which is not hit delivered since a scrape; -1: there is none.
func (r *run) others(before agent.Metrics) int {
	least := -1
	for _, name := range all {
		if slices.Contains(r.hit(), name) {
			continue
		}
		n := r.scrape().Events(name, "delivered") - before.Events(name, "delivered")
		if least < 0 || n < least {
			least = n
		}
	}
	return least
}

var unfit = regexp.MustCompile(`[^a-z0-9]+`)

func newRun(t *testing.T, r row, v *verdict) *run {
	t.Helper()
	lab := enterLab(t)
	dir, err := os.MkdirTemp(workDir, "row-")
	must(t, err)
	run := &run{T: t, row: r, lab: lab, verdict: v, dir: dir,
		id: strings.Trim(unfit.ReplaceAllString(strings.ToLower(r.name), "-"), "-")}
	run.apiserver = newAPIServer(run)
	replicas := r.brokers
	if replicas == nil {
		replicas = []int32{1}
	}
	must(t, run.kafka.grow(t.Context(), int(slices.Max(replicas))))
	must(t, run.kafka.create(t.Context(), run.topic(), replicas...))
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

func (r *run) await(what string, done func(agent.Metrics) bool) {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), progressLimit+r.lasts)
	defer cancel()
	if err := r.process.Await(ctx, done); err != nil {
		r.Fatalf("no %s: %v", what, err)
	}
}

func (r *run) scrape() agent.Metrics {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), clientLimit)
	defer cancel()
	metrics, err := r.process.Metrics(ctx)
	must(r.T, err)
	return metrics
}

func (r *run) pause(d time.Duration) {
	select {
	case <-r.Context().Done():
		r.Fatal(r.Context().Err())
	case <-time.After(d):
	}
}

func delivered(m agent.Metrics, outputs []string, atLeast int) bool {
	for _, name := range outputs {
		if m.Events(name, "delivered") < atLeast {
			return false
		}
	}
	return true
}

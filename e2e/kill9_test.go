package e2e_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
)

// TestKill9 kills the agent again and again while a log grows and rotates. Every event must be at every output once, and
// repeats must have been met and hidden at each: else no kill fell between an acknowledgement and its commit.
func TestKill9(t *testing.T) {
	const kills = 20
	startServers(t)
	dir := newDir(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	writer := newWriter(t, dir, 20, 5)
	stream := toDataStream(t, "kill9")
	stream.Name = "stream"
	destinations := append(toAll(t, dir, "kill9"), stream)
	config := newConfig(t, dir, writer.Path, destinations)
	receivedBefore := linesReceived(t)

	ended := generateUntil(t, writer, generator(t, seed), 2<<20)
	for i := range kills {
		process := start(t, config)
		must(t, process.Await(t.Context(), ready))
		pause(t, time.Duration(random.Int64N(int64(2*time.Second))))
		process.Kill()
		if i%4 == 3 {
			send(t, http.MethodPost, "/"+dataStream("kill9")+"/_rollover", "") // what was written so far is in another index now
		}
	}
	process := start(t, config)
	must(t, process.Await(t.Context(), ready))
	ended()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	must(t, process.AwaitSettled(ctx, writer.Lines, names(destinations)...))
	duplicates := countRepeats(t, process, destinations)
	must(t, process.Stop(ctx))

	log := readJournal(t, writer)
	checkExact(t, log, destinations)
	duplicates["logs"] = linesReceived(t) - receivedBefore - log.Len()
	for _, d := range destinations {
		t.Logf("%s: %d repeats met and hidden", d.Name, duplicates[d.Name])
		if duplicates[d.Name] <= 0 {
			t.Errorf("%s met no repeat", d.Name)
		}
	}
}

func ready(agent.Metrics) bool { return true }

// generateUntil writes lines in the background until the function that it returns is called.
func generateUntil(t *testing.T, writer *auditlog.Writer, lines *auditlog.Generator, perSecond int) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- writer.Generate(ctx, lines, perSecond, 1<<40) }()
	return func() {
		cancel()
		must(t, <-ended)
		must(t, writer.Close())
	}
}

// countRepeats is how many repeats each output has met: the agent's books go on through crashes.
func countRepeats(t *testing.T, process *agent.Process, destinations []destination) map[string]int {
	t.Helper()
	metrics := scrape(t, process)
	repeats := map[string]int{}
	for _, d := range destinations {
		repeats[d.Name] = metrics.Events(d.Name, "duplicate")
	}
	return repeats
}

// linesReceived is how many lines Loki was sent since its start: it has no answer that tells repeats apart.
func linesReceived(t *testing.T) int {
	t.Helper()
	client, err := backend.Client("")
	must(t, err)
	metrics, err := agent.FetchMetrics(t.Context(), client, loki.URL+"/metrics")
	must(t, err)
	return int(metrics.Sum("loki_distributor_lines_received_total", nil))
}

package e2e_test

import (
	"errors"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/rivals"
)

// TestLokiOutage has Loki away for a while, and loki-client-go ship the same lines beside the agent. Its longest pause
// between retries is cut from five minutes to a second, so that its ten retries last ten seconds instead of eight
// minutes: an outage as long as the test's costs it what one of an hour costs with its defaults.
func TestLokiOutage(t *testing.T) {
	startLoki(t)
	dir := newDir(t)
	outage := pick(30*time.Second, 90*time.Second)
	lines := generator(t, 2)
	writer := newWriter(t, dir, 20, 5)
	destinations := []destination{toLoki(t, "outage")}
	process := start(t, newConfig(t, dir, writer.Path, destinations))
	client, err := rivals.NewLokiClient(loki.URL, "outage-client", time.Second)
	must(t, err)

	const perSecond = 1 << 20
	must(t, writer.Generate(t.Context(), lines, perSecond, 5*perSecond))
	must(t, process.AwaitSettled(t.Context(), writer.Lines, "logs"))
	must(t, loki.Stop())
	sent := make(chan error, 1)
	must(t, writer.Generate(t.Context(), lines, perSecond, perSecond*int64(outage.Seconds())/2))
	must(t, writer.Flush())
	go func() { sent <- client.SendFile(writer.Journal) }()
	pause(t, outage)
	must(t, loki.Restart(t.Context()))
	must(t, errors.Join(<-sent, writer.Close()))
	client.Stop()
	settle(t, process, writer.Lines, 3*time.Minute, "logs")

	log := readJournal(t, writer)
	checkExact(t, log, destinations)
	result, err := log.CompareLines("loki-client-go", lokiReader(t, "outage-client")(t.Context()))
	must(t, err)
	result.Examples = nil
	t.Logf("%v: %.2f %% lost", result, percent(result.Missing, result.Want))
}

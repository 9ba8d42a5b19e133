package e2e_test

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/verify"
	"gopkg.in/yaml.v3"
)

// TestHTTP ships a whole recorded log by POST with the documented configurations, over TLS and with a token, to an OpenTelemetry Collector
// that takes it as Splunk's HTTP Event Collector would, or as lines. The Collector is stopped on the way, and started again: every event is
// in its file once, fields intact, but for what its end cut off, of which the agent says that it may be there twice, and for
// integers that no double can hold, of which HEC's receiver makes doubles.
func TestHTTP(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a Collector")
	}
	t.Run("splunk", func(t *testing.T) { post(t, "splunk", backend.SplunkHEC, "takes the token") })
	t.Run("http", func(t *testing.T) { post(t, "http", backend.WebhookEvent, "reached") })
}

func post(t *testing.T, example, receiver, asked string) {
	dir := newDir(t)
	writeCertificates(t, dir)
	collector, err := backend.StartCollector(t.Context(), "collector", receiver, dir)
	must(t, err)
	defer func() { report(collector.Stop()) }()
	logs := filepath.Join(dir, "log")
	must(t, auditlog.Copy(corpus(t), logs))
	log, err := verify.ReadLog(logs)
	must(t, err)
	output := documented(t, example)
	moveTo(t, output.HTTP, collector.Address, dir)
	output.RateLimit = "8MiB" // so that there is a midst
	config := newConfig(t, dir, filepath.Join(logs, "audit.log"), []destination{{Output: output}})
	outputIs(t, examine(t, config), output.Name, "ok", asked)
	process := start(t, config)

	must(t, process.Await(t.Context(), func(m agent.Metrics) bool { return m.Events(output.Name, "delivered") > log.Len()/4 }))
	must(t, collector.Stop())
	must(t, process.Await(t.Context(), func(m agent.Metrics) bool { return m.Sum("auditship_blocked", agent.Labels{"output": output.Name}) > 0 }))
	must(t, collector.Restart(t.Context()))
	must(t, process.AwaitSettled(t.Context(), log.Len(), output.Name))
	announced := scrape(t, process).Sum("auditship_unchecked_events_total", nil)
	must(t, process.Stop(t.Context()))
	must(t, collector.Stop()) // it writes what it has
	checkCollected(t, log, verify.OTLP(collector.File, ""), output.Name, int(announced))
}

// documented is the output of an example.
func documented(t *testing.T, example string) agent.Output {
	t.Helper()
	text, err := os.ReadFile("../configs/" + example + ".yaml")
	must(t, err)
	var config agent.Config
	must(t, yaml.Unmarshal(text, &config))
	return config.Outputs[0]
}

// moveTo has an example's address and files be those of the test.
func moveTo(t *testing.T, block *agent.HTTP, address, dir string) {
	t.Helper()
	to, err := url.Parse(block.URL)
	must(t, err)
	to.Host = address
	block.URL, block.TLS.CAFile, block.TokenFile = to.String(), filepath.Join(dir, "webhook-ca.crt"), filepath.Join(dir, "token")
	must(t, os.WriteFile(block.TokenFile, []byte(backend.CollectorToken+"\n"), 0o600))
}

// checkCollected allows as many repeats as the agent has announced.
func checkCollected(t *testing.T, log *verify.Log, got verify.Deliveries, output string, announced int) {
	t.Helper()
	huge := 0
	for _, line := range log.Lines() {
		if hugeInteger.Match(line) {
			huge++
		}
	}
	result, err := log.Compare(output, got)
	must(t, err)
	t.Logf("%v\n    %d events may be there twice; %d hold integers beyond 64 bits", result, announced, huge)
	if result.Missing+result.Extra > 0 || result.Doubled > announced || result.Altered > huge || result.Want == 0 {
		t.Error("the Collector does not hold what the log holds")
	}
}

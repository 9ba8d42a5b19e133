package e2e_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/e2e/agent"
)

// TestDoctorAsksRealServers: with the agent's credentials every destination says that it would take events, nothing of which is
// there afterwards; with others each says no, and with an address at which nobody is it says that.
func TestDoctorAsksRealServers(t *testing.T) {
	startServers(t)
	dir := newDir(t)
	destinations := []destination{toDataStream(t, "doctor"), toLoki(t, "doctor"), toKafka("doctor")}
	config := newConfig(t, dir, filepath.Join(dir, "audit.log"), destinations)

	t.Run("topic missing", func(t *testing.T) {
		outputIs(t, examine(t, config), "search", "ok", "create_doc on")
		outputIs(t, examine(t, config), "logs", "ok", "pushes are accepted")
		outputIs(t, examine(t, config), "bus", "failure", "topic_missing")
	})
	t.Run("refused", func(t *testing.T) {
		wrong := *config
		wrong.Outputs = append([]agent.Output{}, config.Outputs...)
		search, bus := *config.Outputs[0].Elasticsearch, *config.Outputs[2].Kafka
		search.Password, bus.SASL.Password = "wrong", "wrong"
		wrong.Outputs[0].Elasticsearch, wrong.Outputs[2].Kafka = &search, &bus
		outputIs(t, examine(t, &wrong), "search", "failure", "unauthorized (status 401")
		outputIs(t, examine(t, &wrong), "bus", "failure", "login_refused")
	})
	t.Run("not trusted", func(t *testing.T) {
		wrong := *config
		search := *config.Outputs[0].Elasticsearch
		search.TLS.CAFile = ""
		wrong.Outputs = []agent.Output{{Name: "search", Elasticsearch: &search}}
		outputIs(t, examine(t, &wrong), "search", "failure", "certificate")
	})
	t.Run("nobody", func(t *testing.T) {
		wrong := *config
		logs := *config.Outputs[1].Loki
		logs.URL = "http://127.0.0.1:1"
		wrong.Outputs = []agent.Output{{Name: "logs", Loki: &logs}}
		outputIs(t, examine(t, &wrong), "logs", "failure", "unreachable")
	})
	for _, d := range destinations[:2] {
		for _, err := range d.read(t.Context()) {
			if err == nil { // an error is that of a data stream which is not there
				t.Errorf("%s: the examination wrote something", d.Name)
			}
		}
	}
}

func examine(t *testing.T, config *agent.Config) string {
	t.Helper()
	text, _ := binary.Output(t.Context(), "doctor", config, "--manifest", "/nonexistent")
	return string(text)
}

// outputIs demands a line of the output's.
func outputIs(t *testing.T, text, output, level, what string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, level) && strings.Contains(line, "outputs["+output+"]") && strings.Contains(line, what) {
			return
		}
	}
	t.Errorf("no %s of %s with %q in\n%s", level, output, what, text)
}

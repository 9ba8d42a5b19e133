package bench_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"text/template"

	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/bench/corpus"
)

// The real servers, started when first needed. They share the machine with the agent.
var (
	elasticsearch *backend.Elasticsearch
	loki          *backend.Loki
	kafka         *backend.Kafka
)

// Loki would split streams above 1.5 MB/s, and then store repeats; without that the agent may be given a higher stream_rate.
const lokiLimits = "  shard_streams:\n    enabled: false\n"

func startServers(t *testing.T) {
	t.Helper()
	if kafka != nil {
		return
	}
	must(t, os.Setenv("LOKI_EXTRA_LIMITS", lokiLimits))
	var err error
	if elasticsearch == nil {
		elasticsearch, err = started(backend.StartElasticsearch(t.Context(), workDir))
		must(t, err)
	}
	if loki == nil {
		loki, err = started(backend.StartLoki(t.Context(), workDir))
		must(t, err)
	}
	kafka, err = started(backend.StartKafka(t.Context(), workDir))
	must(t, err)
}

// started forgets a server that did not become ready: it has been stopped.
func started[S any](server *S, err error) (*S, error) {
	if err != nil {
		return nil, err
	}
	return server, nil
}

func endServers() (err error) {
	if elasticsearch != nil {
		err = errors.Join(err, elasticsearch.Stop())
	}
	if loki != nil {
		err = errors.Join(err, loki.Stop())
	}
	if kafka != nil {
		err = errors.Join(err, kafka.Stop())
	}
	return err
}

// outputs are the names of what serversConfig delivers to.
var outputs = []string{"search", "logs", "bus"}

var serversConfig = template.Must(template.New("").Parse(`cluster: bench
node: node-1
state_dir: {{.Dir}}/state
listen: 127.0.0.1:{{.Port}}
admin: unix://{{.Dir}}/admin.sock
inputs:
  - name: apiserver
    file: {path: {{.Log}}}
policy:
  - {name: machines, level: None, users: [{{range .Noise.Users}}"{{.}}",{{end}}], verbs: [{{range .Noise.Verbs}}{{.}},{{end}}]}
outputs:
  - name: search
    elasticsearch: {urls: ["{{.Elasticsearch.URL}}"], index: "audit-{{.Name}}-%Y.%m.%d", username: {{.User}}, password: {{.Password}}, tls: {ca_file: {{.Elasticsearch.CAFile}}}}
  - name: logs
    loki: {url: "{{.Loki.URL}}", labels: {job: {{.Name}}}, stream_rate: 64MiB}
  - name: bus
    kafka: {brokers: ["{{.Kafka.SASLTLS}}"], topic: audit-{{.Name}}, tls: {ca_file: {{.Kafka.CAFile}}}, sasl: {mechanism: SCRAM-SHA-512, username: {{.KafkaUser}}, password: {{.KafkaPassword}}}}
`))

// writeConfigs writes the configuration of an agent with all three servers, and one with which setup may prepare them. metrics
// is the URL of the agent's.
func writeConfigs(t *testing.T, dir, log, name string) (run, setup, metrics string) {
	t.Helper()
	port, err := backend.Ports(1)
	must(t, err)
	write := func(file, user, password string) string {
		var config bytes.Buffer
		must(t, serversConfig.Execute(&config, map[string]any{
			"Dir": dir, "Port": port, "Log": log, "Name": name, "Noise": corpus.Noise,
			"Elasticsearch": elasticsearch, "Loki": loki, "Kafka": kafka, "User": user, "Password": password,
			"KafkaUser": backend.KafkaUser, "KafkaPassword": backend.KafkaPassword,
		}))
		path := filepath.Join(dir, file)
		must(t, os.WriteFile(path, config.Bytes(), 0o600))
		return path
	}
	run = write("auditship.yaml", backend.ElasticAgent, backend.ElasticAgentPassword)
	setup = write("setup.yaml", backend.ElasticAdmin, backend.ElasticAdminPassword)
	return run, setup, fmt.Sprintf("http://127.0.0.1:%d/metrics", port)
}

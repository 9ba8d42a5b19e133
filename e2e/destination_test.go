package e2e_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/verify"
)

// destination is an output of the agent, and how to read what arrived there.
type destination struct {
	agent.Output
	read func(context.Context) verify.Deliveries
}

// dataStream is the data stream of a test.
func dataStream(name string) string { return "logs-kubernetes.audit-" + name }

// toIndices is Elasticsearch with one index for every day.
func toIndices(t *testing.T, name string) destination {
	return toElasticsearch(t, agent.Elasticsearch{Index: "audit-" + name + "-%Y.%m.%d"}, "audit-"+name+"-*")
}

// toDataStream is Elasticsearch with a data stream.
func toDataStream(t *testing.T, name string) destination {
	stream := dataStream(name)
	return toElasticsearch(t, agent.Elasticsearch{DataStream: stream}, stream)
}

func toElasticsearch(t *testing.T, config agent.Elasticsearch, pattern string) destination {
	t.Helper()
	config.URLs = []string{elasticsearch.URL}
	config.Username, config.Password = backend.ElasticAgent, backend.ElasticAgentPassword
	config.TLS.CAFile = elasticsearch.CAFile
	return destination{agent.Output{Name: "search", Elasticsearch: &config}, searchReader(t, pattern, 0).Deliveries}
}

// searchReader reads what Elasticsearch holds, so many documents at a time; 0: as many as it likes.
func searchReader(t *testing.T, pattern string, page int) *verify.Elasticsearch {
	t.Helper()
	client, err := backend.Client(elasticsearch.CAFile)
	must(t, err)
	return &verify.Elasticsearch{
		Client: client, URL: elasticsearch.URL, Index: pattern, Page: page,
		User: backend.ElasticAdmin, Password: backend.ElasticAdminPassword,
	}
}

func toLoki(t *testing.T, name string) destination {
	t.Helper()
	config := &agent.Loki{URL: loki.URL, Labels: map[string]string{"job": name}}
	return destination{agent.Output{Name: "logs", Loki: config}, lokiReader(t, name)}
}

// lokiReader reads all entries of a job, whatever their time.
func lokiReader(t *testing.T, job string) func(context.Context) verify.Deliveries {
	t.Helper()
	client, err := backend.Client("")
	must(t, err)
	reader := &verify.Loki{
		Client: client, URL: loki.URL, Selector: `{job="` + job + `"}`,
		From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Now().Add(365 * 24 * time.Hour),
	}
	return reader.Deliveries
}

func toKafka(name string) destination {
	config := &agent.Kafka{
		Brokers: []string{kafka.SASLTLS}, Topic: "audit-" + name, TLS: agent.TLS{CAFile: kafka.CAFile},
		SASL: agent.SASL{Mechanism: "SCRAM-SHA-512", Username: backend.KafkaUser, Password: backend.KafkaPassword},
	}
	reader := &verify.Kafka{Broker: kafka.Plain, Topic: config.Topic}
	return destination{agent.Output{Name: "bus", Kafka: config}, reader.Deliveries}
}

// toFile is a file in dir that rotates as the block says; its path is set here.
func toFile(dir, name string, config agent.File) destination {
	config.Path = filepath.Join(dir, name, "events.jsonl")
	read := func(context.Context) verify.Deliveries { return verify.Files(config.Path) }
	return destination{agent.Output{Name: name, File: &config}, read}
}

// toAll is one output of every kind.
func toAll(t *testing.T, dir, name string) []destination {
	t.Helper()
	return []destination{toIndices(t, name), toLoki(t, name), toKafka(name),
		toFile(dir, "archive", agent.File{MaxSize: "16MiB", Compress: "zstd"})}
}

func outputs(destinations []destination) (all []agent.Output) {
	for _, d := range destinations {
		all = append(all, d.Output)
	}
	return all
}

func names(destinations []destination) (all []string) {
	for _, d := range destinations {
		all = append(all, d.Name)
	}
	return all
}

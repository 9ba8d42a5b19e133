package faults

import (
	"context"
	"os"
	"path/filepath"
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

func (r *run) topic() string   { return "audit-" + r.id }
func (r *run) archive() string { return filepath.Join(r.dir, "archive", "events.jsonl") }

// secret is the file with the agent's password for a server.
func (r *run) secret(server string) string { return filepath.Join(r.dir, server+".password") }

// index is what Elasticsearch has of this row: the data stream, or today's index.
func (r *run) index() string {
	if r.stream {
		return "logs-kubernetes.audit-" + r.id
	}
	return "audit-" + r.id + time.Now().UTC().Format("-2006.01.02")
}

func (r *run) configure() {
	r.Helper()
	r.setPassword("search", backend.ElasticAgentPassword)
	r.setPassword("bus", backend.KafkaPassword)
	r.destinations = []destination{r.toElasticsearch(), r.toLoki(), r.toKafka(), r.toFile()}
	var outputs []agent.Output
	for i := range r.destinations {
		r.destinations[i].Timeout = requestLimit
		outputs = append(outputs, r.destinations[i].Output)
	}
	var err error
	r.config, err = agent.New(r.dir, filepath.Join(r.dir, "log", "audit.log"), outputs...)
	must(r.T, err)
	if r.settings != nil {
		r.settings(r, r.config)
	}
	setup := *r.config
	block := *r.config.Outputs[0].Elasticsearch
	block.URLs = []string{"https://" + r.search.Address()}
	block.Username, block.Password, block.Secret = backend.ElasticAdmin, backend.ElasticAdminPassword, ""
	setup.Outputs = []agent.Output{{Name: "search", Elasticsearch: &block}}
	must(r.T, auditship.Run(r.Context(), "setup", &setup))
}

func (r *run) setPassword(server, password string) {
	r.Helper()
	must(r.T, os.WriteFile(r.secret(server), []byte(password+"\n"), 0o600))
}

func (r *run) toElasticsearch() destination {
	config := &agent.Elasticsearch{
		URLs: []string{"https://" + r.address("search", r.search)}, Username: backend.ElasticAgent, Secret: r.secret("search"),
		TLS: agent.TLS{CAFile: r.agentCA, CertFile: r.clientCert, KeyFile: r.clientKey},
	}
	pattern := r.index()
	if config.DataStream = pattern; !r.stream {
		config.DataStream, config.Index, pattern = "", "audit-"+r.id+"-%Y.%m.%d", "audit-"+r.id+"-*"
	}
	client, err := backend.Client(r.elasticsearch.CAFile)
	must(r.T, err)
	reader := &verify.Elasticsearch{
		Client: client, URL: r.elasticsearch.URL, Index: pattern,
		User: backend.ElasticAdmin, Password: backend.ElasticAdminPassword,
	}
	return destination{agent.Output{Name: "search", Elasticsearch: config}, reader.Deliveries}
}

func (r *run) toLoki() destination {
	client, err := backend.Client("")
	must(r.T, err)
	reader := &verify.Loki{
		Client: client, URL: r.loki.URL, Selector: `{job="` + r.id + `"}`,
		From: time.Now().Add(-24 * time.Hour), To: time.Now().Add(24 * time.Hour),
	}
	config := &agent.Loki{URL: "http://" + r.address("logs", r.logs), Labels: map[string]string{"job": r.id}}
	return destination{agent.Output{Name: "logs", Loki: config}, reader.Deliveries}
}

func (r *run) toKafka() destination {
	config := &agent.Kafka{Topic: r.topic(),
		SASL: agent.SASL{Mechanism: "SCRAM-SHA-512", Username: backend.KafkaUser, Secret: r.secret("bus")}}
	for _, p := range r.kafka.proxies {
		config.Brokers = append(config.Brokers, r.address("bus", p))
	}
	reader := &verify.Kafka{Broker: r.kafka.plain(), Topic: config.Topic}
	return destination{agent.Output{Name: "bus", Kafka: config}, reader.Deliveries}
}

func (r *run) toFile() destination {
	config := &agent.File{Path: r.archive(), MaxSize: "16MiB", Compress: "zstd"}
	read := func(context.Context) verify.Deliveries { return verify.Files(config.Path) }
	return destination{agent.Output{Name: "archive", File: config}, read}
}

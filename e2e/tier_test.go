package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/backend"
)

// TestTier ships through Kafka: one agent puts a log into a topic, and two others, members of one consumer group, put what is there
// into Elasticsearch. One of the two is killed on the way, so that what it had not committed comes again to the other; and then it
// comes back. Every event has to be in Elasticsearch once, with the ID and the fields that the first agent gave it.
func TestTier(t *testing.T) {
	startElasticsearch(t)
	startKafka(t)
	admin := kafkaAdmin(t, kafka.Plain)
	createTopic(t, admin, "audit-tier", 6, 1)
	writer := newWriter(t, newDir(t), 100, 50)
	must(t, writer.Generate(t.Context(), generator(t, 8), 1<<40, pick[int64](48<<20, 512<<20)))
	must(t, writer.Close())
	log := readJournal(t, writer)

	first := toKafka("tier")
	first.Kafka.Key = "none" // the lines of one node, over all partitions
	search := toIndices(t, "tier")
	var tier [2]*agent.Config
	var running [2]*agent.Process
	for i := range tier {
		tier[i] = newConfig(t, newDir(t), writer.Path, []destination{search})
		tier[i].Inputs = []agent.Input{fromTopic("audit-tier", "tier", []string{kafka.SASLTLS}, kafka.CAFile)}
		running[i] = start(t, tier[i])
	}
	awaitMembers(t, admin, "tier-search", len(running)) // else one of them takes all before the other has joined
	begin := time.Now()
	source := start(t, newConfig(t, newDir(t), writer.Path, []destination{first}))
	some, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	must(t, running[1].Await(some, func(m agent.Metrics) bool { return m.Events("search", "delivered") > log.Len()/20 }))
	running[1].Kill()
	pause(t, 2*time.Second)
	running[1] = start(t, tier[1])
	settle(t, source, log.Len(), 10*time.Minute, "bus")

	ctx, cancel := context.WithTimeout(t.Context(), pick(3*time.Minute, 30*time.Minute))
	defer cancel()
	awaitGroup(ctx, t, admin, "tier-search")
	took := time.Since(begin)
	repeats := 0
	for _, process := range running {
		repeats += scrape(t, process).Events("search", "duplicate")
		must(t, process.Stop(ctx))
	}
	t.Logf("%d events in %v: %.0f a second; %d came again and were hidden", log.Len(), took.Round(time.Second), float64(log.Len())/took.Seconds(), repeats)
	checkExact(t, log, []destination{search})
}

// fromTopic is the input of an aggregator.
func fromTopic(topic, group string, brokers []string, caFile string) agent.Input {
	return agent.Input{Name: "tier", Kafka: &agent.KafkaInput{
		Brokers: brokers, Topics: []string{topic}, Group: group, TLS: &agent.TLS{CAFile: caFile},
		SASL: &agent.SASL{Mechanism: "SCRAM-SHA-512", Username: backend.KafkaUser, Password: backend.KafkaPassword},
	}}
}

func kafkaAdmin(t *testing.T, brokers ...string) *kadm.Client {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	must(t, err)
	t.Cleanup(client.Close)
	return kadm.NewClient(client)
}

// createTopic makes a topic; replicas -1: as many as the brokers' default says.
func createTopic(t *testing.T, admin *kadm.Client, name string, partitions int32, replicas int16) {
	t.Helper()
	_, err := admin.CreateTopic(t.Context(), partitions, replicas, nil, name)
	must(t, err)
}

// awaitBrokers waits until so many brokers take part in their cluster.
func awaitBrokers(t *testing.T, admin *kadm.Client, n int) {
	t.Helper()
	for range 240 {
		if brokers, err := admin.ListBrokers(t.Context()); err == nil && len(brokers) == n {
			return
		}
		pause(t, 500*time.Millisecond)
	}
	t.Fatalf("no %d brokers in two minutes", n)
}

// awaitMembers waits until so many agents share a group's partitions.
func awaitMembers(t *testing.T, admin *kadm.Client, group string, n int) {
	t.Helper()
	for range 240 {
		groups, err := admin.DescribeGroups(t.Context(), group) // the coordinator may not be there yet
		if g := groups[group]; err == nil && g.State == "Stable" && len(g.Members) == n {
			return
		}
		pause(t, 500*time.Millisecond)
	}
	t.Fatalf("group %s has no %d members in two minutes", group, n)
}

// awaitGroup waits until a consumer group has committed all that there is in its topics.
func awaitGroup(ctx context.Context, t *testing.T, admin *kadm.Client, group string) {
	t.Helper()
	for {
		lags, err := admin.Lag(ctx, group)
		must(t, err)
		lag := lags[group]
		if total := lag.Lag.Total(); lag.Error() == nil && len(lag.Lag) > 0 && total == 0 {
			return
		} else if ctx.Err() != nil {
			t.Fatalf("group %s is %d behind", group, total)
		}
		pause(t, 500*time.Millisecond)
	}
}

// TestTierRate is what one aggregator takes from Kafka, where its output costs next to nothing: a file. It measures.
func TestTierRate(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	startKafka(t)
	createTopic(t, kafkaAdmin(t, kafka.Plain), "audit-rate", 6, 1)
	writer := newWriter(t, newDir(t), 100, 50)
	must(t, writer.Generate(t.Context(), generator(t, 9), 1<<40, 600<<20))
	must(t, writer.Close())
	bus := toKafka("rate")
	bus.Kafka.Key = "none"
	source := start(t, newConfig(t, newDir(t), writer.Path, []destination{bus}))
	settle(t, source, writer.Lines, 10*time.Minute, "bus")

	dir := newDir(t)
	archive := toFile(dir, "archive", agent.File{})
	config := newConfig(t, dir, writer.Path, []destination{archive})
	config.Inputs = []agent.Input{{Name: "tier", Kafka: &agent.KafkaInput{Brokers: []string{kafka.Plain}, Topics: []string{"audit-rate"}, Group: "rate"}}}
	process := start(t, config)
	must(t, process.Await(t.Context(), func(m agent.Metrics) bool { return m.Events("archive", "delivered") > 0 }))
	begin := time.Now()
	must(t, process.AwaitSettled(t.Context(), writer.Lines, "archive"))
	took := time.Since(begin)
	must(t, process.Stop(t.Context()))
	t.Logf("%d events, %.0f MB, in %v: %.0f events and %.1f MB a second; %.0f events and %.1f MB for a second of a processor; peak RSS %.1f MiB", writer.Lines, float64(writer.Bytes)/1e6, took.Round(time.Millisecond),
		float64(writer.Lines)/took.Seconds(), float64(writer.Bytes)/1e6/took.Seconds(), float64(writer.Lines)/process.CPU().Seconds(), float64(writer.Bytes)/1e6/process.CPU().Seconds(), mebibytes(process.PeakRSS()))
	log := readJournal(t, writer)
	checkExact(t, log, []destination{archive})
}

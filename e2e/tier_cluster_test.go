package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/verify"
)

// The tier of docs/scale.md: three control-plane nodes, three brokers, two aggregators, one Elasticsearch.
const (
	clusterNodes       = 3
	clusterBrokers     = 3
	clusterAggregators = 2
	clusterTopic       = "audit-cluster"
	clusterGroup       = "cluster-search"
	clusterIndex       = "audit-cluster-*"
	clusterPartitions  = 6

	brokerGone     = 20 * time.Second // longer than the other brokers wait for it
	aggregatorGone = 5 * time.Second
)

// tierRun is one run of the tier, from the first line to the last document.
type tierRun struct {
	*testing.T
	events      int // E2E_TIER_EVENTS
	brokers     *backend.KafkaCluster
	nodes       []*node
	aggregators []*shipper
	progress
}

// TestTierCluster ships from three nodes through three brokers and two aggregators, while all that can happen to them happens: the
// broker that coordinates the group is killed (-9), an aggregator is killed (-9), another broker is stopped, and each comes back. The
// nodes write on all the while. Every event has to be in the topic and in Elasticsearch once, byte for byte.
func TestTierCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	r := startTier(t)
	begin := time.Now()
	stop := r.watch(begin)
	written := r.write()
	r.strike()
	must(t, <-written)
	ctx, cancel := context.WithTimeout(t.Context(), r.limit())
	defer cancel()
	for _, n := range r.nodes {
		must(t, n.process.AwaitSettled(ctx, n.census.Len(), "bus"))
	}
	awaitGroup(ctx, t, r.admin, clusterGroup)
	took := time.Since(begin)
	stop()
	r.tell(took)
	r.check()
}

func startTier(t *testing.T) *tierRun {
	startElasticsearch(t)
	r := &tierRun{T: t, events: tierEvents(t)}
	var err error
	r.brokers, err = backend.StartKafkaCluster(t.Context(), newDir(t), clusterBrokers)
	must(t, err)
	t.Cleanup(func() { report(r.brokers.Stop()) })
	r.admin = kafkaAdmin(t, r.brokers.Plain...)
	awaitBrokers(t, r.admin, clusterBrokers)
	createTopic(t, r.admin, clusterTopic, clusterPartitions, -1)
	search := toIndices(t, "cluster")
	for i := range clusterAggregators {
		config := newConfig(t, newDir(t), "/none", []destination{search})
		if i == 0 {
			makeIndex(t)
		}
		config.Inputs = []agent.Input{fromTopic(clusterTopic, "cluster", r.brokers.SASLTLS, r.brokers.CAFile)}
		r.aggregators = append(r.aggregators, &shipper{config: config, process: start(t, config)})
	}
	awaitMembers(t, r.admin, clusterGroup, clusterAggregators)
	for i := range clusterNodes {
		r.nodes = append(r.nodes, startNode(r, i))
	}
	return r
}

// tierEvents is how many events go through.
func tierEvents(t *testing.T) int {
	t.Helper()
	text := os.Getenv("E2E_TIER_EVENTS")
	if text == "" {
		return 5_000_000
	}
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}

// limit is how long the tier may take, with much to spare.
func (r *tierRun) limit() time.Duration {
	return 10*time.Minute + time.Duration(r.events)*time.Millisecond
}

// makeIndex makes today's index, so that it takes less of the disk; its mappings come from the template.
func makeIndex(t *testing.T) {
	t.Helper()
	name := "audit-cluster-" + time.Now().UTC().Format("2006.01.02")
	settings := map[string]any{"codec": "best_compression", "number_of_replicas": 0, "refresh_interval": "30s"}
	must(t, searchReader(t, name, 0).Call(t.Context(), http.MethodPut, "/"+name, map[string]any{"settings": map[string]any{"index": settings}}, nil))
}

// strike does what can happen, at points of the way that the seed says.
func (r *tierRun) strike() {
	seed := uint64(time.Now().UnixNano())
	r.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	between := func(from, to float64) float64 { return from + random.Float64()*(to-from) }

	r.reach(between(0.10, 0.25))
	first := r.coordinator()
	r.hit(fmt.Sprintf("broker %d, which coordinates the group, is killed (-9)", first+1))
	must(r.T, r.brokers.Brokers[first].Kill())
	pause(r.T, brokerGone)
	must(r.T, r.brokers.Restart(r.Context(), first))

	r.reach(between(0.35, 0.50))
	victim := r.aggregators[random.IntN(clusterAggregators)]
	r.hit("an aggregator is killed (-9)")
	victim.kill()
	pause(r.T, aggregatorGone)
	victim.process = start(r.T, victim.config)

	r.reach(between(0.60, 0.75))
	second := (first + 1 + random.IntN(clusterBrokers-1)) % clusterBrokers
	r.hit(fmt.Sprintf("broker %d is stopped (SIGTERM)", second+1))
	must(r.T, r.brokers.Brokers[second].Stop())
	pause(r.T, brokerGone)
	must(r.T, r.brokers.Restart(r.Context(), second))
	r.Logf("broker %d is back", second+1)
}

// check holds the topic and Elasticsearch against what the nodes wrote.
func (r *tierRun) check() {
	var all verify.Census
	for _, n := range r.nodes {
		all.Join(&n.census)
	}
	must(r.T, r.sample(r.Context()))
	if stored := r.stored.Load(); stored != int64(all.Len()) {
		r.Errorf("the topic holds %d events, want %d", stored, all.Len())
	}
	if committed := r.committed.Load(); committed != r.stored.Load() {
		r.Errorf("when all had ended, the group had committed %d of %d events", committed, r.stored.Load())
	}
	result, err := all.Compare("search", searchReader(r.T, clusterIndex, 5000).Deliveries(r.Context()))
	must(r.T, err)
	r.Log(result)
	if !result.Exact() {
		r.Error("search does not hold exactly what the logs held")
	}
}

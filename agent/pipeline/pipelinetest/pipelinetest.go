// Package pipelinetest makes whole pipelines for tests: records with known fates, pipelines on a simulated disk, and a way to
// run one until the world stops.
package pipelinetest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/pipeline"
	"github.com/auditship/auditship/agent/rules"
)

// Plenty is room for dead letters.
var Plenty = deadletter.Limits{MaxBytes: 1 << 20}

// New makes a pipeline in/out with its state in a directory. What is zero in the settings and parts gets a value that makes
// small batches: Input and Output have to be given.
func New(t testing.TB, on disk.FS, dir string, c pipeline.Config, p pipeline.Parts) *pipeline.Pipeline {
	t.Helper()
	fill(&c.InputName, "in")
	fill(&c.OutputName, "out")
	fill(&c.MaxBytes, 3000)
	fill(&c.MaxEvents, 6)
	fill(&c.MaxEventBytes, 1<<20)
	fill(&c.Linger, 100*time.Millisecond)
	fill(&c.StopWithin, time.Second)
	fill(&p.Log, slog.New(slog.DiscardHandler))
	fill(&p.Store, checkpoint.NewStore(on, dir, p.Log))
	fill(&p.DeadLetters, deadletter.NewFile(on, Letters(dir), Plenty))
	fill(&p.Gate, pipeline.NewGate())
	fill(&p.Metrics, ledger.NewMetrics())
	p.Rules, p.Enricher = filtering(t), enrich.New(enrich.Config{Cluster: "c", Node: "n"})
	p.Jitter = func(d time.Duration) time.Duration { return d / 3 }
	return pipeline.New(c, p)
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Letters is the file of the dead letters of a pipeline.
func Letters(dir string) string { return dir + "/dead-letters.jsonl" }

// filtering leaves out what has the verb Filtered.
func filtering(t testing.TB) *rules.Rules {
	t.Helper()
	r, err := rules.Compile(rules.List{Name: "policy", NoMatch: rules.RequestResponse, Rules: []rules.Rule{{Level: "None", Verbs: []string{Filtered}}}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// While is a context that ends with the world. End it when it is not needed any more.
func While(t testing.TB, stopped <-chan struct{}) (ctx context.Context, end func()) {
	ctx, end = context.WithCancel(t.Context())
	go func() {
		select {
		case <-stopped:
			end()
		case <-ctx.Done():
		}
	}()
	return ctx, end
}

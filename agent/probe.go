package agent

import (
	"context"
	"log/slog"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/outputs"
)

// Probe asks the destination of an output whether it would take events, without writing any; ok is false for an output that can't
// be asked. What the destination remembers of the running agent's output is not touched.
func Probe(ctx context.Context, cfg *config.Config, out *config.Output) (p outputs.Probe, ok bool, err error) {
	o, err := newOutput(out, outputs.Env{
		Log: slog.New(slog.DiscardHandler), Cluster: cfg.Cluster, Node: cfg.Node, Timeout: out.Timeout, MaxBytes: int(out.Batch.MaxBytes),
		Disk: disk.OS{}, MinFree: int64(cfg.Disk.MinFree),
	})
	if err != nil {
		return p, true, err
	}
	defer o.Close()
	prober, ok := o.(outputs.Prober)
	if !ok {
		return p, false, nil
	}
	p, err = prober.Probe(ctx)
	return p, true, err
}

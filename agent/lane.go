package agent

import (
	"context"
	"reflect"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/pipeline"
)

// lane is a pipeline at work.
type lane struct {
	*pipeline.Pipeline
	recipe
	feed  *feed
	stop  context.CancelFunc
	ended chan struct{}
	err   error // of Run, once it has ended
}

// start begins to ship, until ctx or the input ends; then over is called.
func (l *lane) start(ctx context.Context, over func(error)) {
	ctx, l.stop = context.WithCancel(ctx)
	l.ended = make(chan struct{})
	go func() {
		l.err = l.Run(ctx)
		l.stop()
		close(l.ended)
		over(l.err)
	}()
}

func (l *lane) over() bool {
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

// dismiss has lanes deliver what they have read, commit and end. They do so side by side.
func dismiss(lanes []*lane) {
	for _, l := range lanes {
		l.stop()
	}
	for _, l := range lanes {
		<-l.ended
	}
}

// recipe is all that a pipeline is made of.
type recipe struct {
	cfg *config.Config
	in  *config.Input
	out *config.Output
	key []byte // of redaction
}

// same tells whether two recipes make the same pipeline, but for what a running one takes in: rules, identities and limits.
func (r recipe) same(o recipe) bool {
	return reflect.DeepEqual(r.fixed(), o.fixed())
}

func (r recipe) fixed() []any {
	out := *r.out
	out.Was, out.Policy, out.PolicyFile, out.Protect, out.Rules = "", nil, "", "", nil
	c := r.cfg
	return []any{r.in.Name, r.in.Cluster, r.key, out, c.Node, c.Disk.MinFree, c.ShutdownTimeout, c.Redact, c.Gateways, c.OIDC, c.Networks}
}

//go:build fault_commit_before_ack

package pipeline

import (
	"context"

	"github.com/auditship/auditship/outputs"
)

// deliver is a planted fault, which the tests have to find: it takes a batch for acknowledged before it is written.
func (p *Pipeline) deliver(ctx context.Context, c *collector) {
	for b := range c.ready {
		hoped := b.counts
		hoped.Delivered += uint64(len(b.events))
		hoped.DeadLettered += uint64(len(b.letters))
		p.commits.acknowledge(b, outputs.Ack{}, hoped)
		if _, _, ok := p.deliverBatch(ctx, b); !ok {
			p.commits.abandon()
			continue
		}
		c.recycle(b)
	}
}

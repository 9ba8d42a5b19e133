//go:build !fault_commit_before_ack

package pipeline

import "context"

// deliver writes batches until there are no more. When ctx ends before, what is left is given up: it comes again after
// the next start.
func (p *Pipeline) deliver(ctx context.Context, c *collector) {
	for b := range c.ready {
		ack, counts, ok := p.deliverBatch(ctx, b)
		if !ok {
			p.commits.abandon()
			continue
		}
		p.commits.acknowledge(b, ack, counts)
		c.recycle(b)
	}
}

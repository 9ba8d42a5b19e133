package forward

import (
	"context"
	"strings"
	"time"

	"github.com/auditship/auditship/outputs"
)

// listenFor is how long a receiver has to ask for a key of which we know none: those that want one do so at once.
const listenFor = 300 * time.Millisecond

// Probe connects to each address, with TLS and the handshake where they are configured. Nothing is sent after that. One address that
// takes us is enough: the others are doubts.
func (o *Output) Probe(ctx context.Context) (p outputs.Probe, err error) {
	config, err := o.tlsConfig()
	if err != nil {
		return p, &outputs.Fault{Reason: "credentials", Blocked: true, Err: err}
	}
	var worst *outputs.Fault
	for _, address := range o.cfg.Addresses {
		l, fault := o.dial(ctx, address, config)
		if fault == nil {
			fault = o.listen(ctx, l)
			l.conn.Close()
		}
		if fault != nil {
			worst = fault
			p.Doubts = append(p.Doubts, address+" does not take events ("+fault.Reason+"): the others have to")
			continue
		}
		p.Found = append(p.Found, address+" "+o.terms())
	}
	if len(p.Found) == 0 && worst != nil {
		return outputs.Probe{}, worst
	}
	return p, nil
}

// listen waits for what a receiver that wants a key says first, where we know none.
func (o *Output) listen(ctx context.Context, l *link) *outputs.Fault {
	if o.cfg.SharedKey != "" || o.cfg.SharedKeyFile != "" {
		return nil
	}
	return l.during(ctx, listenFor, func() *outputs.Fault {
		said, fault := l.answers.next()
		if fault == nil {
			return acknowledges(said, "no chunk")
		}
		if fault.Reason == noAnswer && ctx.Err() == nil {
			return nil
		}
		return fault
	})
}

// terms are those on which a receiver takes us.
func (o *Output) terms() string {
	terms := []string{"takes connections"}
	if o.cfg.TLS != nil {
		terms = append(terms, "by TLS")
	}
	if o.cfg.SharedKey != "" || o.cfg.SharedKeyFile != "" {
		terms = append(terms, "and knows the shared key")
	}
	return strings.Join(terms, " ")
}

var _ outputs.Prober = (*Output)(nil)

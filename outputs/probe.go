package outputs

import "context"

// Prober is an Output that can ask its destination whether it would take events, without writing any. It is asked instead of
// opened; nothing is retried.
type Prober interface {
	// Probe returns what the destination says. The error is a *Fault: it is not reached, or refuses us.
	Probe(ctx context.Context) (Probe, error)
}

// Probe is what a destination was found to be like, in words of ours.
type Probe struct {
	Found  []string // such as "the user may create documents"
	Doubts []string // what may be wrong, or could not be found out, and what to do
}

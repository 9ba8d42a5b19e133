package pipeline

import (
	"context"
	"sync"
	"time"
)

// haste has what waits for nothing but time go on at once. Its zero value is ready.
type haste struct {
	mu   sync.Mutex
	next context.Context // ends with the next call
	call context.CancelFunc
}

// called is a context that ends when the next call comes.
func (h *haste) called() context.Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.next == nil {
		h.next, h.call = context.WithCancel(context.Background())
	}
	return h.next
}

func (h *haste) now() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.next != nil {
		h.call()
		h.next = nil
	}
}

// Flush has what was read sent at once: the batch that waits for more does not, and an output that is left alone between two
// tries is tried again. It may be called at any time.
func (p *Pipeline) Flush() { p.haste.now() }

// within is a context that ends after a time, with ctx, or when the call comes.
func within(ctx, called context.Context, patience time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	forget := context.AfterFunc(called, cancel)
	return ctx, func() { forget(); cancel() }
}

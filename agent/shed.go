package agent

import (
	"runtime/debug"
	"time"
)

// settled is how long after its start an agent has everything open, and ships.
const settled = 5 * time.Second

// shed gives back what only the start has needed: pages of the binary, of which initialisation has been through nearly all, at
// once, and what opening the pipelines has left, garbage and pages, after a while. stop returns when nothing of that is under way.
func shed(after time.Duration) (stop func()) {
	dropBinary()
	done := make(chan struct{})
	timer := time.AfterFunc(after, func() {
		defer close(done)
		debug.FreeOSMemory()
		dropBinary()
	})
	return func() {
		if !timer.Stop() {
			<-done
		}
	}
}

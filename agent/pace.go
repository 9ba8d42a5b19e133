package agent

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"github.com/auditship/auditship/agent/buffers"
)

const (
	garbage      = 2 << 20 // how much there may be until the next collection, where that is
	leastPercent = 5       // of what is in use, and
	mostPercent  = 100
	opening      = 100 * time.Millisecond // is how long a start mostly takes, with the batches of all pipelines
	unneeded     = 5 * time.Second        // is how long nobody has needed a buffer that is let go
)

// pace has the garbage collector come when there are some MB of garbage, not when there is a share of what is in use: most of that
// are buffers, into which it need not look, so that a collection costs the same however many there are. It begins after the start,
// or, whatever time that is, at the limit of memory: until the batches of all pipelines are there the heap grows by what stays, and
// each collection would find next to nothing. GOGC has the last word.
func pace(after time.Duration) (stop func()) {
	p := &pacer{set: func(percent int) { debug.SetGCPercent(percent) }}
	if os.Getenv("GOGC") != "" {
		p.set = func(int) {}
	}
	p.set(-1)
	timer := time.AfterFunc(after, p.begin)
	return func() {
		p.over.Store(true)
		if timer.Stop() {
			p.begin()
		}
	}
}

// pacer says after each collection when the next one comes, and has buffers let go that nobody needs.
type pacer struct {
	set     func(percent int)
	percent int
	trimmed time.Time
	over    atomic.Bool
}

func (p *pacer) begin() {
	p.set(mostPercent)
	p.attend()
}

// attend has the next collection call after: it finds garbage of ours.
func (p *pacer) attend() { runtime.AddCleanup(new([16]byte), (*pacer).after, p) }

func (p *pacer) after() {
	if p.over.Load() {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if percent := percentFor(live[0].Value.Uint64()); percent != p.percent {
		p.percent = percent
		p.set(percent)
	}
	if time.Since(p.trimmed) > unneeded {
		p.trimmed = time.Now()
		buffers.Trim()
	}
	p.attend()
}

// percentFor is GOGC for so many bytes in use.
func percentFor(live uint64) int {
	return int(min(max(garbage*100/max(live, 1), leastPercent), mostPercent))
}

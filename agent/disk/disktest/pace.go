package disktest

import (
	"fmt"
	"hash/fnv"
	"time"
)

// slowest is how long a call may take; calls that come at the same nanosecond do not replay.
const slowest = 3 * time.Millisecond

// Pace has every call take a time of its own, which depends on the seed and on nothing that goes on elsewhere. In a bubble of
// testing/synctest the calls of goroutines that work side by side then come in an order that replays.
func (d *Disk) Pace() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pace = map[string]uint64{}
}

func (d *Disk) pause(op, name string) {
	d.mu.Lock()
	if d.pace == nil {
		d.mu.Unlock()
		return
	}
	d.pace[name]++
	sum := fnv.New64a()
	fmt.Fprint(sum, d.seed, op, name, d.pace[name])
	d.mu.Unlock()
	time.Sleep(time.Duration(1 + sum.Sum64()%uint64(slowest)))
}

// History is a sum over all calls since New, in their order. Two runs of a seed that replay have the same.
func (d *Disk) History() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.history
}

func (d *Disk) remember(op, name string) {
	sum := fnv.New64a()
	fmt.Fprint(sum, d.history, op, name)
	d.history = sum.Sum64()
}

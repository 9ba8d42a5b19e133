package agent

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// usage follows VmHWM of a process. The kernel's own figure at its end (ru_maxrss) would not do: a child that is started
// by vfork begins with its parent's.
type usage struct{ peak atomic.Int64 }

const usagePoll = 20 * time.Millisecond

func (u *usage) watch(pid int, done <-chan struct{}) {
	poll := time.NewTicker(usagePoll)
	defer poll.Stop()
	for {
		if peak, err := peakRSS(pid); err == nil {
			u.peak.Store(max(peak, u.peak.Load()))
		}
		select {
		case <-done:
			return
		case <-poll.C:
		}
	}
}

// peakRSS reads VmHWM of proc(5), in bytes.
func peakRSS(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(status)); lines.Scan(); {
		var kib int64
		if n, _ := fmt.Sscanf(lines.Text(), "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("read the peak RSS of %d: no VmHWM", pid)
}

package measure

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Sample is what a running process has taken so far, read from proc(5).
type Sample struct {
	CPU      time.Duration
	RSS      int64 // bytes, now
	Switches int64 // voluntary context switches of all its threads that still run
}

const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux that Go runs on

// TakeSample reads the sample of a process.
func TakeSample(pid int) (s Sample, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return s, err
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]) // from the third on: the second may hold spaces
	if len(fields) < 22 {
		return s, fmt.Errorf("read /proc/%d/stat: %d fields", pid, len(fields))
	}
	user, err1 := strconv.ParseInt(string(fields[11]), 10, 64)
	system, err2 := strconv.ParseInt(string(fields[12]), 10, 64)
	pages, err3 := strconv.ParseInt(string(fields[21]), 10, 64)
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			return s, fmt.Errorf("read /proc/%d/stat: %w", pid, err)
		}
	}
	s.CPU, s.RSS = time.Duration(user+system)*tick, pages*int64(os.Getpagesize())
	s.Switches, err = switches(pid)
	return s, err
}

func switches(pid int) (sum int64, err error) {
	dir := fmt.Sprintf("/proc/%d/task", pid)
	threads, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, thread := range threads {
		status, err := os.ReadFile(dir + "/" + thread.Name() + "/status")
		if err != nil {
			continue // it has ended
		}
		for line := range bytes.Lines(status) {
			var n int64
			if _, err := fmt.Sscanf(string(line), "voluntary_ctxt_switches: %d", &n); err == nil {
				sum += n
			}
		}
	}
	return sum, nil
}

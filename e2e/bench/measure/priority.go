package measure

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// Prioritise sets the nice value of this process, and so of all that it starts: other work on the machine shall disturb a
// measurement less. Linux has a nice value for each thread; threads to come inherit it.
func Prioritise(nice int) error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			return err
		}
		if err := syscall.Setpriority(syscall.PRIO_PROCESS, id, nice); err != nil {
			return fmt.Errorf("set nice value %d: %w", nice, err)
		}
	}
	return nil
}

// Package measure runs whole processes and tells what they took: processor time, peak memory, context switches.
//
// Between the test and what it measures stands a launcher: the test binary once more, small and with nothing to do. Linux
// lets a process that is started by vfork begin with the peak memory of who starts it, so a test that holds a large log
// would lend its own to what it measures.
package measure

import "time"

// Usage is what a process took from start to end, its children included.
type Usage struct {
	Wall         time.Duration
	User, System time.Duration
	PeakRSS      int64 // bytes
	Switches     int64 // voluntary context switches
	Code         int   // exit code; -1 if a signal ended it
}

// CPU is the processor time, in user mode and in the kernel.
func (u Usage) CPU() time.Duration { return u.User + u.System }

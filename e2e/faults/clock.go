package faults

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
)

// Clock is the real-time clock of one process, which steps while the machine's own clock, and every other process, is left
// alone. Linux hands the time to processes through code that it maps into each (vdso(7)); a static Go binary asks nothing
// else. Clock replaces clock_gettime there, in the process's private copy of that page, by one that adds an offset to
// CLOCK_REALTIME and to no other clock: what clock_settime(2) does. Modification times of files are the kernel's own.
type Clock struct {
	pid    int
	offset int64 // address of the offset: seconds, 64 bits
}

// stepping is clock_gettime(edi: clock, rsi: *timespec) for amd64, with the offset behind it.
var stepping = []byte{
	0xb8, 0xe4, 0, 0, 0, // mov eax, SYS_clock_gettime
	0x0f, 0x05, // syscall
	0x85, 0xff, // test edi, edi: CLOCK_REALTIME is 0
	0x75, 0x0a, // jnz to ret
	0x48, 0x8b, 0x0d, 6, 0, 0, 0, // mov rcx, [offset]
	0x48, 0x01, 0x0e, // add [rsi], rcx: the seconds
	0xc3, 0, 0, // ret; aligned
	0, 0, 0, 0, 0, 0, 0, 0, // offset
}

const offsetIn = 24

// NewClock takes over the clock of a process that this one may trace. It errs with errors.ErrUnsupported where there is no
// code for the processor.
func NewClock(pid int) (*Clock, error) {
	if runtime.GOARCH != "amd64" {
		return nil, fmt.Errorf("step the clock on %s: %w", runtime.GOARCH, errors.ErrUnsupported)
	}
	vdso, err := findVDSO(pid)
	if err != nil {
		return nil, err
	}
	function, err := vdso.function("__vdso_clock_gettime", len(stepping))
	if err != nil {
		return nil, err
	}
	c := &Clock{pid: pid, offset: function + offsetIn}
	return c, whileOutside(pid, vdso.area, func() error { return poke(pid, function, stepping) })
}

// Step sets how far the process's clock is ahead (or behind) from now on, in whole seconds.
func (c *Clock) Step(by time.Duration) error {
	seconds := binary.LittleEndian.AppendUint64(nil, uint64(by/time.Second))
	return whileOutside(c.pid, area{}, func() error { return poke(c.pid, c.offset, seconds) })
}

func poke(pid int, address int64, bytes []byte) error {
	memory, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = memory.WriteAt(bytes, address)
	return errors.Join(err, memory.Close())
}

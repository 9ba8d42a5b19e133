package faults

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// area is a range of addresses.
type area struct{ start, end int64 }

type vdso struct {
	area
	symbols []elf.Symbol
}

func findVDSO(pid int) (v vdso, err error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return v, err
	}
	for line := range strings.Lines(string(maps)) {
		if strings.HasSuffix(line, "[vdso]\n") {
			if _, err := fmt.Sscanf(line, "%x-%x", &v.start, &v.end); err != nil {
				return v, fmt.Errorf("read %q: %w", line, err)
			}
		}
	}
	image := make([]byte, v.end-v.start)
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return v, err
	}
	defer memory.Close()
	if _, err := memory.ReadAt(image, v.start); err != nil {
		return v, fmt.Errorf("read the vDSO of %d: %w", pid, err)
	}
	file, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return v, fmt.Errorf("read the vDSO of %d: %w", pid, err)
	}
	v.symbols, err = file.DynamicSymbols()
	return v, err
}

// function is the address of one with room for so many bytes.
func (v vdso) function(name string, room int) (int64, error) {
	for _, symbol := range v.symbols {
		if symbol.Name == name && symbol.Size >= uint64(room) {
			return v.start + int64(symbol.Value), nil
		}
	}
	return 0, fmt.Errorf("find %s in the vDSO: %w", name, errors.ErrUnsupported)
}

var errInside = errors.New("a thread is inside")

// whileOutside does something while the process is stopped and none of its threads executes code of the area.
func whileOutside(pid int, code area, do func() error) (err error) {
	for range 100 {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			return err
		}
		if err = outside(pid, code); err == nil {
			err = do()
		}
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			return err
		}
		if !errors.Is(err, errInside) {
			return err
		}
		time.Sleep(time.Millisecond) // let them leave
	}
	return err
}

// outside waits until all threads have stopped, and looks where.
func outside(pid int, code area) error {
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return err
	}
	for _, thread := range threads {
		at, err := whereStopped(fmt.Sprintf("/proc/%d/task/%s", pid, thread.Name()))
		if err != nil {
			return err
		}
		if at >= code.start && at < code.end {
			return errInside
		}
	}
	return nil
}

// whereStopped is the address at which a thread goes on when it may; see proc_pid_syscall(5).
func whereStopped(thread string) (at int64, err error) {
	for range 1000 {
		stat, err := os.ReadFile(thread + "/stat")
		if err != nil {
			return 0, err
		}
		if !bytes.Contains(stat, []byte(") T ")) {
			time.Sleep(time.Millisecond)
			continue
		}
		text, err := os.ReadFile(thread + "/syscall")
		if err != nil {
			return 0, err
		}
		fields := strings.Fields(string(text))
		_, err = fmt.Sscanf(fields[len(fields)-1], "0x%x", &at)
		return at, err
	}
	return 0, fmt.Errorf("wait for %s to stop: it goes on", thread)
}

package faults

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestClock steps the clock of a second instance of this test binary.
func TestClock(t *testing.T) {
	if os.Getenv("E2E_TELL_TIME") != "" {
		tellTime()
		return
	}
	ask := startTeller(t)
	for _, step := range []time.Duration{0, time.Hour, -time.Hour, 0} {
		must(t, ask.clock.Step(step))
		if wall, _ := ask.time(); (wall - step).Abs() > time.Minute {
			t.Errorf("the clock is %v ahead, want %v", wall, step)
		}
	}
	if _, monotonic := ask.time(); monotonic < 0 || monotonic > time.Minute {
		t.Errorf("the monotonic clock stepped: %v since the start", monotonic)
	}
}

// tellTime prints the time for each line it gets: the wall clock, and for how long it has been running.
func tellTime() {
	start := time.Now()
	go func() { // a clock that others ask all the time
		for time.Since(start) < time.Minute {
		}
	}()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(time.Now().UnixNano(), int64(time.Since(start)))
	}
}

type teller struct {
	*testing.T
	clock *Clock
	time  func() (ahead, running time.Duration)
}

func startTeller(t *testing.T) *teller {
	cmd := exec.Command(os.Args[0], "-test.run=^TestClock$")
	cmd.Env = append(os.Environ(), "E2E_TELL_TIME=1")
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	answers := bufio.NewReader(out)
	ask := func() (ahead, running time.Duration) {
		_, err := fmt.Fprintln(in)
		must(t, err)
		var wall int64
		_, err = fmt.Fscan(answers, &wall, &running)
		must(t, err)
		return time.Until(time.Unix(0, wall)), running
	}
	ask() // it runs
	clock, err := NewClock(cmd.Process.Pid)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	must(t, err)
	return &teller{T: t, clock: clock, time: ask}
}

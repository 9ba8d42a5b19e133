package faults

import (
	"errors"
	"net/http"
	"time"
)

// clockRows step the clock of the agent and of the process that writes and rotates the log: its new backups are named as
// if they were older than those that are there, so that they are the first to be deleted. Everything arrives, but the agent
// cannot rule out that more than what it read was deleted, and tells gaps.
func clockRows() []row {
	step := func(by time.Duration) func(*run) { return func(r *run) { r.stepClocks(by) } }
	later := func(do func(*run)) func(*run) {
		return func(r *run) {
			r.pause(20 * time.Second) // there are backups by then
			do(r)
		}
	}
	return []row{
		{name: "clock stepped 3 h ahead, and back again", hits: []string{"bus"}, gaps: true, // Kafka refuses what is an hour ahead of its own clock
			backups: 1, lasts: 25 * time.Second, cause: later(step(3 * time.Hour)), end: step(0), after: 20 * time.Second},
		{name: "clock stepped 3 h back, and ahead again", hits: none, gaps: true,
			backups: 1, lasts: 25 * time.Second, cause: later(step(-3 * time.Hour)), end: step(0), after: 10 * time.Second},
	}
}

// stepClocks sets how far they are ahead of the machine's.
func (r *run) stepClocks(ahead time.Duration) {
	r.Helper()
	if r.clocks == nil {
		for _, pid := range []int{r.process.PID(), r.apiserver.cmd.Process.Pid} {
			clock, err := NewClock(pid)
			if errors.Is(err, errors.ErrUnsupported) {
				r.Skip(err)
			}
			must(r.T, err)
			r.clocks = append(r.clocks, clock)
		}
	}
	for _, clock := range r.clocks {
		must(r.T, clock.Step(ahead))
	}
	if seen := time.Until(r.agentTime()); (seen - ahead).Abs() > clientLimit {
		r.Errorf("the agent's clock is %v ahead, want %v", seen, ahead)
	}
}

// agentTime is the time that the agent takes it to be: the header of its answers tells.
func (r *run) agentTime() time.Time {
	r.Helper()
	response, err := (&http.Client{Timeout: clientLimit}).Get("http://" + r.config.Listen + "/metrics")
	must(r.T, err)
	defer response.Body.Close()
	date, err := http.ParseTime(response.Header.Get("Date"))
	must(r.T, err)
	return date
}

package agent

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/config"
)

// changing is an agent whose configuration changes. Each change is asked for, as by a signal.
type changing struct {
	*running
	s      *site
	reload chan struct{}
	flush  chan struct{}
	level  slog.LevelVar
}

func (s *site) startChanging(keys string, outputs ...string) *changing {
	s.t.Helper()
	s.configWith(keys, outputs...)
	return s.startReading("auditship.yaml")
}

// startReading is startChanging with a configuration that is there.
func (s *site) startReading(file string) *changing {
	s.t.Helper()
	c := &changing{s: s, reload: make(chan struct{}), flush: make(chan struct{})}
	reread := func() (*config.Config, error) { return config.Load(s.path(file)) }
	cfg, err := reread()
	s.must(err)
	c.running = s.startWith(cfg, Options{Reread: reread, Reload: c.reload, Flush: c.flush, Level: &c.level})
	c.url()
	c.ask() // the first look, which is not told of, came before
	return c
}

// to writes another configuration and waits until it is taken in, or was refused.
func (c *changing) to(outputs ...string) string {
	c.s.t.Helper()
	c.s.configWith("", outputs...)
	return c.ask()
}

func (c *changing) ask() string {
	c.s.t.Helper()
	from := len(c.log.String())
	select {
	case c.reload <- struct{}{}:
	case err := <-c.ended:
		c.s.t.Fatalf("the agent ended: %v\n%s", err, c.log)
	}
	for deadline := time.After(time.Minute); ; {
		for line := range strings.Lines(c.log.String()[from:]) {
			if strings.Contains(line, " target=config ") {
				return line
			}
		}
		select {
		case <-c.log.grown:
		case <-deadline:
			c.s.t.Fatalf("nothing came of the change:\n%s", c.log)
		}
	}
}

func (c *changing) saying(what, line string) {
	c.s.t.Helper()
	if !strings.Contains(line, what) {
		c.s.t.Errorf("got %s, want %q", line, what)
	}
}

// counted waits for a line of the metrics.
func (c *changing) counted(line string) {
	c.s.t.Helper()
	c.get("/metrics", func(_ int, body string) bool { return strings.Contains(body, line) })
}

const third = `{name: third, file: {path: %s/third.jsonl}, start: beginning}`

// TestOutputsComeAndGo: what a change does not concern is not touched by it.
func TestOutputsComeAndGo(t *testing.T) {
	s := newSite(t)
	s.write(50)
	c := s.startChanging("", archive)
	c.counted(`output="archive",result="delivered"} 50`)
	c.saying("pipelines: 1 unchanged; started in/third", c.to(archive, third))
	c.counted(`output="third",result="delivered"} 50`)
	s.write(10)
	c.counted(`output="third",result="delivered"} 60`)
	slow := strings.Replace(archive, "}}", "}, batch: {linger: 1ms}}", 1)
	c.saying("pipelines: 1 unchanged; restarted in/archive", c.to(slow, third))
	s.write(10)
	c.counted(`output="archive",result="delivered"} 70`)
	renamed := `{name: fourth, was: third, file: {path: %s/third.jsonl}}`
	c.saying("pipelines: 1 unchanged; started in/fourth; stopped in/third", c.to(slow, renamed))
	s.write(10)
	c.counted(`output="fourth",result="delivered"} 80`)
	c.saying("pipelines: 1 unchanged; stopped in/fourth", c.to(slow))
	c.get("/metrics", func(_ int, body string) bool {
		return !strings.Contains(body, "third") && !strings.Contains(body, "fourth")
	})
	c.saying("it is the same", c.ask())
	if n := strings.Count(c.log.String(), "pipeline stopped"); n != 3 {
		t.Errorf("%d pipelines were stopped, want 3:\n%s", n, c.log)
	}
	c.end()
	s.delivered("out.jsonl", s.written)
	s.delivered("third.jsonl", s.written)
}

// TestChangesUnderLoad: however often everything is changed while the log is written and rotated, each event arrives once.
func TestChangesUnderLoad(t *testing.T) {
	s := newSite(t)
	s.write(1)
	c := s.startChanging("", archive, second)
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		for range 300 {
			s.write(1 + rand.IntN(20))
			if rand.IntN(8) == 0 {
				s.rotate()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	for i := range 60 {
		varied := fmt.Sprintf(`{name: archive, file: {path: %%s/out.jsonl}, batch: {max_events: %d, linger: %dms}}`, 1+i%50, i%3)
		c.saying("restarted in/archive", c.to(varied, second))
	}
	<-writing
	c.end()
	s.once(archive, second)
	s.delivered("out.jsonl", s.written)
	s.delivered("second.jsonl", s.written)
	if n := strings.Count(c.log.String(), "pipeline stopped"); n != 62 {
		t.Errorf("%d stops, want 60 of one pipeline and the two of the end", n)
	}
}

// TestEverythingChangesAtOnce: what concerns all pipelines, and the input.
func TestEverythingChangesAtOnce(t *testing.T) {
	s := newSite(t)
	s.write(30)
	c := s.startChanging("", archive, second)
	c.counted(`output="second",result="delivered"} 30`)
	for i, keys := range []string{"networks: {home: 10.0.0.0/8}\n", "redact: off\n", "memory: {max_bytes: 32MiB}\nnetworks: {home: 10.0.0.0/8}\n"} {
		s.configWith(keys, archive, second)
		c.saying("0 unchanged; restarted in/archive, in/second", c.ask())
		s.write(10)
		c.counted(fmt.Sprintf(`output="second",result="delivered"} %d`, 40+10*i))
	}
	text, err := os.ReadFile(s.path("auditship.yaml"))
	s.must(err)
	moved := strings.Replace(string(text), "min_free: 1MiB", "min_free: 2MiB, max_bytes: 1GiB", 1) // the guard's budget
	s.must(os.WriteFile(s.path("auditship.yaml"), []byte(moved), 0o600))
	c.saying("0 unchanged; restarted in/archive, in/second", c.ask())
	s.rotate()
	s.write(10)
	c.counted(`output="archive",result="delivered"} 70`)
	c.end()
	s.delivered("out.jsonl", s.written)
	s.delivered("second.jsonl", s.written)
}

// TestWhatIsTakenInByRunningPipelines: rules and identities need no new pipeline.
func TestWhatIsTakenInByRunningPipelines(t *testing.T) {
	s := newSite(t)
	s.write(3)
	c := s.startChanging("", archive)
	c.counted(`result="delivered"} 3`)
	s.configWith("protect: off\npolicy: [{name: nothing, level: None}]\nidentities: {entries: [{user: jane, person: Jane}]}\nlog: {level: debug}\n", archive)
	c.saying("pipelines: 1 unchanged; rules: added: ", c.ask())
	if c.level.Level() != slog.LevelDebug {
		t.Errorf("the level is %v", c.level.Level())
	}
	s.write(4)
	c.counted(`result="filtered"} 4`)
	c.end()
	s.delivered("out.jsonl", s.written[:3])
}

package agent

import (
	"errors"
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
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		for line := range strings.Lines(c.log.String()[from:]) {
			if strings.Contains(line, " target=config ") {
				return line
			}
		}
	}
	c.s.t.Fatalf("nothing came of the change:\n%s", c.log)
	return ""
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

// TestWrongConfiguration: nothing changes, and it is told everywhere until it is mended.
func TestWrongConfiguration(t *testing.T) {
	s := newSite(t)
	c := s.startChanging("", archive)
	mend := func(change func(text string) string) {
		t.Helper()
		s.configWith("", archive)
		text, err := os.ReadFile(s.path("auditship.yaml"))
		s.must(err)
		s.must(os.WriteFile(s.path("auditship.yaml"), []byte(change(string(text))), 0o600))
	}
	for problem, change := range map[string]func(string) string{
		"auditship.yaml:1: clutser: unknown key":       func(text string) string { return strings.Replace(text, "cluster", "clutser", 1) },
		"is empty":                                     func(string) string { return "" },
		"state_dir: can't change while the agent runs": func(text string) string { return strings.Replace(text, "/state\n", "/other\n", 1) },
		"listen: can't change while the agent runs":    func(text string) string { return strings.Replace(text, "127.0.0.1:0", "127.0.0.1:1", 1) },
		"output archive":                               func(text string) string { return text + "redact: {key_file: /nowhere/at/all}\n" },
	} {
		mend(change)
		line := c.ask()
		if problem == "output archive" {
			problem = "/nowhere/at/all"
		}
		c.saying(problem, line)
		c.saying("the former content stays in force", line)
		c.counted(`auditship_reload_failed{target="config"} 1`)
		c.get("/readyz", func(status int, body string) bool {
			return status == 200 && strings.HasPrefix(body, "ok\nconfig: what is in ") && !strings.Contains(body, "nowhere")
		})
		s.write(1)
		c.counted(fmt.Sprintf(`result="delivered"} %d`, len(s.written)))
	}
	mend(func(text string) string { return text })
	c.saying("1 unchanged", c.ask())
	c.counted(`auditship_reload_failed{target="config"} 0`)
	c.get("/readyz", func(_ int, body string) bool { return body == "ok\n" })
	c.end()
	s.delivered("out.jsonl", s.written)
}

// TestDeadOutputIsMended: the change that mends an output does not wait for it for ever, and loses nothing of it.
func TestDeadOutputIsMended(t *testing.T) {
	s := newSite(t)
	s.must(os.Mkdir(s.path("dead"), 0o700))
	s.write(50)
	c := s.startChanging("", dead, second)
	c.counted(`auditship_blocked{input="in",output="archive",reason="write_failed"} 1`)
	c.saying("1 unchanged; restarted in/archive", c.to(archive, second))
	c.counted(`output="archive",result="delivered"} 50`)
	c.end()
	s.delivered("out.jsonl", s.written)
	s.delivered("second.jsonl", s.written)
}

// TestARemovedOutputKeepsNothing: what only it still needed is let go, and what another needs is not.
func TestARemovedOutputKeepsNothing(t *testing.T) {
	s := newSite(t)
	s.must(os.Mkdir(s.path("dead"), 0o700))
	s.write(20)
	c := s.startChanging("", dead, second)
	c.counted(`output="second",result="delivered"} 20`)
	for range 3 {
		s.rotate()
		s.write(5)
	}
	c.counted(`output="second",result="delivered"} 35`)
	oldest := s.backup(1)
	for deadline := time.Now().Add(30 * time.Second); links(oldest) < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nothing guards the oldest backup:\n%s", c.log)
		}
	}
	c.saying("stopped in/archive", c.to(second))
	s.rotate() // the guard looks
	s.write(5)
	for deadline := time.Now().Add(30 * time.Second); links(oldest) > 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the oldest backup is guarded still")
		}
	}
	c.counted(`output="second",result="delivered"} 40`)
	c.end()
	s.delivered("second.jsonl", s.written)
}

// TestFlush: what would wait for an hour is sent at once, and so is what a dead output holds up.
func TestFlush(t *testing.T) {
	s := newSite(t)
	s.must(os.Mkdir(s.path("dead"), 0o700))
	c := s.startChanging("", `{name: slow, file: {path: %s/slow.jsonl}, batch: {linger: 1m}}`, dead)
	s.write(5)
	c.counted(`auditship_blocked{input="in",output="archive",reason="write_failed"} 1`)
	s.must(os.Remove(s.path("dead")))
	for begin := time.Now(); ; {
		c.flush <- struct{}{}
		done := false
		c.get("/metrics", func(_ int, body string) bool {
			done = strings.Contains(body, `output="slow",result="delivered"} 5`) && strings.Contains(body, `output="archive",result="delivered"} 5`)
			return true
		})
		if done {
			break
		}
		if time.Since(begin) > 30*time.Second {
			t.Fatal(c.log)
		}
	}
	c.end()
	s.delivered("slow.jsonl", s.written)
	s.delivered("dead", s.written)
}

// TestConfigMapIsSwapped: kubelet puts a link to a new directory in the place of the old one. Nobody asks for a look.
func TestConfigMapIsSwapped(t *testing.T) {
	s := newSite(t)
	s.write(5)
	version := func(name string, outputs ...string) {
		s.configWith("", outputs...)
		s.must(errors.Join(os.MkdirAll(s.path("mount/"+name), 0o700), os.Rename(s.path("auditship.yaml"), s.path("mount/"+name+"/auditship.yaml")),
			os.Symlink(name, s.path("mount/..tmp")), os.Rename(s.path("mount/..tmp"), s.path("mount/..data"))))
	}
	version("..1", archive)
	s.must(os.Symlink("..data/auditship.yaml", s.path("mount/auditship.yaml")))
	c := s.startReading("mount/auditship.yaml")
	version("..2", archive, second)
	c.saying("started in/second", c.ask())
	s.must(os.RemoveAll(s.path("mount/..1")))
	c.counted(`output="second",result="delivered"} 5`)
	c.end()
}

// Every example equals itself: what is read twice is no change.
func TestAnUnchangedConfigurationIsNoChange(t *testing.T) {
	t.Setenv("NODE_NAME", "n")
	a := newAgent(nil, Options{Log: quiet})
	for _, name := range []string{"auditship", "elasticsearch", "elasticsearch-ecs", "kafka", "loki", "file", "automation"} {
		var crews [2]*crew
		for i := range crews {
			cfg, err := config.Load("../configs/" + name + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			cfg.Redact.KeyFile, cfg.StateDir = "", t.TempDir()
			if i > 0 {
				cfg.StateDir = crews[0].cfg.StateDir
			}
			a.cfg = cfg
			before := &crew{}
			if i > 0 {
				before = crews[0]
			}
			if crews[i], err = a.assemble(cfg, before); err != nil {
				t.Fatal(err)
			}
		}
		if fresh := crews[1].lacks(crews[0]); len(fresh) > 0 {
			t.Errorf("%s: %d of %d pipelines are new", name, len(fresh), len(crews[1].lanes))
		}
	}
}

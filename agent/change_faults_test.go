package agent

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

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
	c.counted(`auditship_blocked{input="in",needs_you="false",output="archive",reason="write_failed"} 1`)
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
	c.get("/metrics", func(int, string) bool { return links(oldest) > 1 })
	c.saying("stopped in/archive", c.to(second))
	s.rotate() // the guard looks
	s.write(5)
	c.get("/metrics", func(int, string) bool { return links(oldest) == 1 })
	c.counted(`output="second",result="delivered"} 40`)
	c.end()
	s.delivered("second.jsonl", s.written)
}

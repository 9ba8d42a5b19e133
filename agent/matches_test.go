package agent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMatchesComeAndGo: a directory that matches is an input from the next look on, until it is gone; during a rotation it is not.
func TestMatchesComeAndGo(t *testing.T) {
	s := newSite(t)
	logs := func(name string, n int) {
		s.must(os.MkdirAll(s.path("logs/"+name), 0o755))
		s.must(os.WriteFile(s.path("logs/"+name+"/audit.log"), []byte(strings.Join(real()[:n], "\n")+"\n"), 0o600))
	}
	logs("a", 1)
	s.configWith("", third)
	text, err := os.ReadFile(s.path("auditship.yaml"))
	s.must(err)
	starred := strings.Replace(string(text), s.path("audit.log"), filepath.Join(s.dir, "logs", "*", "audit.log"), 1)
	starred = strings.Replace(starred, "path: "+s.path("third.jsonl"), `path: "-"`, 1)
	s.must(os.WriteFile(s.path("starred.yaml"), []byte(starred), 0o600))

	c := s.startReading("starred.yaml")
	c.counted(`input="in-a",output="third",result="delivered"} 1`)
	logs("b", 2)
	c.saying("started in-b/third; restarted in-a/third", c.ask()) // each has its share of the disk budget
	c.counted(`input="in-b",output="third",result="delivered"} 2`)
	s.must(os.Rename(s.path("logs/a/audit.log"), s.path("logs/a/audit-2026-01-01T00-00-00.000.log")))
	c.saying("it is the same", c.ask())
	s.must(os.Rename(s.path("logs/a"), s.path("gone"))) // at once: the agent may be putting a link into it
	c.saying("restarted in-b/third; stopped in-a/third", c.ask())
	c.end()
}

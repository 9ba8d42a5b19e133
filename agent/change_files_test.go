package agent

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/config"
)

// TestFlush: what would wait for an hour is sent at once, and so is what a dead output holds up.
func TestFlush(t *testing.T) {
	s := newSite(t)
	s.must(os.Mkdir(s.path("dead"), 0o700))
	c := s.startChanging("", `{name: slow, file: {path: %s/slow.jsonl}, batch: {linger: 1m}}`, dead)
	s.write(5)
	c.counted(`auditship_blocked{input="in",needs_you="false",output="archive",reason="write_failed"} 1`)
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

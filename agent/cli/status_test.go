package cli

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent"
	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/status"
)

// golden compares with a file of testdata; UPDATE=1 writes it. What differs from run to run is masked.
func golden(t *testing.T, file, got string) {
	t.Helper()
	for pattern, mask := range map[string]string{
		`[0-9hms]+ ago`:                    "TIME ago",
		`[0-9]+ d `:                        "AGE ",
		`"20[2-9][0-9]-[0-9T:.-]+Z"`:       `"TIME"`,
		`noticed [0-9T:-]+Z`:               "noticed TIME",
		`"lag_seconds": [0-9.e+]{6,}`:      `"lag_seconds": AGE`,
		`no running agent answers \(.*\);`: "no running agent answers (…);",
		`([^ \n])  +`:                      "$1  ", // columns are as wide as what is masked
		`(?m)^ +([a-z]+(/| ))`:             "$1",
	} {
		got = regexp.MustCompile(pattern).ReplaceAllString(got, mask)
	}
	path := filepath.Join(testdata, file)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

// testdata is found from wherever a test goes.
var testdata = func() string {
	path, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return path
}()

func TestStatusOfAStoppedAgent(t *testing.T) {
	s := newSite(t)
	s.log(3)
	s.ok("run", "-c", "a.yaml", "--once")
	s.setAside("in--archive", s.event("get"), "torn")
	s.edit("in--archive", func(c *checkpoint.Checkpoint) {
		g := ledger.Gap{Noticed: time.Now(), File: "audit-\x1b[2J.log", From: 10, To: -1, Last: time.Unix(1, 0), Reason: "deleted before it was read"}
		c.Counts.AddGap(g)
		c.Gaps = append(c.Gaps, g)
	})
	s.must(os.Rename("state/pipelines/in--second", "state/pipelines/in--removed"))
	s.edit("in--removed", func(c *checkpoint.Checkpoint) { c.Output = "removed" })
	s.log(2)
	code, stdout, stderr := run("status", "-c", "a.yaml")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	golden(t, "stopped.txt", stdout)
	golden(t, "stopped.stderr.txt", stderr)
	golden(t, "stopped.json", s.ok("status", "-c", "a.yaml", "--json"))
}

// Where there is no state yet, what is configured is shown.
func TestStatusWithoutState(t *testing.T) {
	s := newSite(t)
	golden(t, "fresh.txt", s.ok("status", "-c", "a.yaml"))
	if _, err := os.Stat("state"); !os.IsNotExist(err) {
		t.Errorf("status has made a state directory: %v", err)
	}
}

// What a damaged checkpoint hides is told, and hides nothing else.
func TestStatusOfDamage(t *testing.T) {
	s := newSite(t)
	s.log(1)
	s.ok("run", "-c", "a.yaml", "--once")
	for i, want := range []struct {
		code           int
		stderr, stdout string
	}{
		{0, "a checkpoint is damaged; going on from the other one", "not running"},
		{1, "pipeline in--archive: both checkpoints are damaged", "\nstands still: in/archive: stop the agent"},
	} {
		s.put("state/pipelines/in--archive/"+checkpoint.Slots[i], "x")
		code, stdout, stderr := run("status", "-c", "a.yaml")
		if code != want.code || !strings.Contains(stderr, want.stderr) || !strings.Contains(stdout, want.stdout) || !strings.Contains(stdout, "in/archive  ") || !strings.Contains(stdout, "in/second  ") {
			t.Errorf("status: exit code %d,\n%s%s", code, stdout, stderr)
		}
		code, stdout, stderr = run("checkpoint", "show", "-c", "a.yaml")
		if code != want.code || !strings.Contains(stderr, want.stderr) || !strings.Contains(stdout, `"output": "second"`) {
			t.Errorf("checkpoint show: exit code %d,\n%s%s", code, stdout, stderr)
		}
	}
}

func TestStatusOfARunningAgent(t *testing.T) {
	s := newSite(t)
	s.log(3)
	s.ok("run", "-c", "a.yaml", "--once")
	s.setAside("in--archive", "torn")
	s.log(2)
	cfg, err := config.Load("a.yaml")
	s.must(err)
	ctx, stop := context.WithCancel(t.Context())
	books, ended := make(chan func() []status.Pipeline, 1), make(chan error, 1)
	go func() {
		ended <- agent.Run(ctx, cfg, agent.Options{Log: slog.New(slog.DiscardHandler), Books: books})
	}()
	read := <-books
	for deadline := time.Now().Add(time.Minute); read()[0].Delivered+read()[1].Delivered < 10; {
		if time.Now().After(deadline) {
			t.Fatalf("the books are %+v", read())
		}
	}
	var stdout, stderr string
	for deadline := time.Now().Add(time.Minute); !strings.Contains(stdout, "  ok"); { // the admin socket comes after the books
		if _, stdout, stderr = run("status", "-c", "a.yaml"); time.Now().After(deadline) {
			t.Fatalf("got %s%s", stdout, stderr)
		}
	}
	if stderr != "" {
		t.Errorf("stderr: %s", stderr)
	}
	golden(t, "running.txt", stdout)
	var all []status.Pipeline
	s.must(json.Unmarshal([]byte(s.ok("status", "-c", "a.yaml", "--json")), &all))
	if len(all) != 2 || !all[0].Running || all[0].Letters.Letters != 1 || all[0].LagBytes == nil {
		t.Errorf("got %+v", all)
	}
	s.fails("stop the agent first", "dead-letters", "replay", "-c", "a.yaml")
	stop()
	s.must(<-ended)
}

func TestSpan(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0 s", 0.6: "1 s", 179: "179 s", 180: "3 min", 7200: "120 min", 10800: "3 h", 10 * 24 * 3600: "10 d"} {
		if got := span(seconds); got != want {
			t.Errorf("%v: got %s, want %s", seconds, got, want)
		}
	}
}

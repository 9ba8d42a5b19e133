package cli

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/status"
)

// site is the current directory with a configuration, a log and what an agent makes of it.
type site struct {
	t *testing.T
	n int // events made
}

const siteConfig = `cluster: c
node: n
state_dir: %s/state
listen: 127.0.0.1:0
admin: unix://%s/admin.sock
disk: {min_free: 1MiB}
lock_timeout: 1s
shutdown_timeout: 1s
log: {level: error}
inputs: [{name: in, file: {path: %s/audit.log}}]
outputs:
  - {name: archive, file: {path: %s/out.jsonl}, policy: [{level: None, verbs: [watch]}]}
  - {name: second, file: {path: %s/second.jsonl}}
`

func newSite(t *testing.T) *site {
	dir := t.TempDir()
	inDir(t, "a.yaml", strings.ReplaceAll(siteConfig, "%s", dir))
	t.Chdir(dir)
	s := &site{t: t}
	s.put("a.yaml", strings.ReplaceAll(siteConfig, "%s", dir))
	return s
}

func (s *site) put(file, content string) {
	s.t.Helper()
	s.must(os.WriteFile(file, []byte(content), 0o600))
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// event makes an event that no other is like.
func (s *site) event(verb string) string {
	s.n++
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"%d","stage":"ResponseComplete","requestURI":"/","verb":"%s","requestReceivedTimestamp":"2020-01-01T00:00:00.000000Z","stageTimestamp":"2020-01-01T00:00:00.000000Z"}`, s.n, verb)
}

// log appends n events to the log.
func (s *site) log(n int) {
	s.t.Helper()
	f, err := os.OpenFile("audit.log", os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	s.must(err)
	for range n {
		_, err := fmt.Fprintln(f, s.event("get"))
		s.must(err)
	}
	s.must(f.Close())
}

// ok runs a command that must succeed, and returns what it printed.
func (s *site) ok(args ...string) string {
	s.t.Helper()
	code, stdout, stderr := run(args...)
	if code != 0 {
		s.t.Fatalf("%q: exit code %d, %s", args, code, stderr)
	}
	return stdout
}

// fails runs a command that must fail with a text.
func (s *site) fails(want string, args ...string) {
	s.t.Helper()
	if code, stdout, stderr := run(args...); code != 1 || stdout != "" || !strings.Contains(stderr, want) {
		s.t.Errorf("%q: exit code %d, %q, %q; want %q", args, code, stdout, stderr, want)
	}
}

// says wants a command to print just this.
func (s *site) says(want string, args ...string) {
	s.t.Helper()
	if got := s.ok(args...); got != want {
		s.t.Errorf("%q printed\n%s\nwant\n%s", args, got, want)
	}
}

// setAside adds dead letters to a pipeline, as the agent does, and returns their IDs.
func (s *site) setAside(pipeline string, records ...string) (ids []string) {
	s.t.Helper()
	var letters []deadletter.Letter
	for i, r := range records {
		letters = append(letters, deadletter.Letter{Time: time.Unix(int64(i), 0), Reason: "mapping", Record: []byte(r)})
		ids = append(ids, event.Sum([]byte(r)).String())
	}
	f := deadletter.NewFile(disk.OS{}, status.DeadLetters("state", pipeline), deadletter.Limits{MaxBytes: 1 << 20})
	s.must(f.Append(letters))
	s.must(f.Close())
	s.edit(pipeline, func(c *checkpoint.Checkpoint) {
		c.Counts.Add(ledger.Counts{Read: uint64(len(records)), DeadLettered: uint64(len(records))})
	})
	return ids
}

func (s *site) edit(pipeline string, change func(*checkpoint.Checkpoint)) {
	s.t.Helper()
	store := checkpoint.NewStore(disk.OS{}, status.PipelineDir("state", pipeline), slog.New(slog.DiscardHandler))
	c, err := store.Load()
	s.must(err)
	change(c)
	s.must(store.Save(c))
	s.must(store.Close())
}

// counts are the books of a pipeline, by status.
func (s *site) counts(output string) ledger.Counts {
	s.t.Helper()
	var all []status.Pipeline
	s.must(json.Unmarshal([]byte(s.ok("status", "-c", "a.yaml", "--json")), &all))
	for _, p := range all {
		if p.Output == output {
			if p.InFlight != 0 {
				s.t.Errorf("%s has %d in flight", output, p.InFlight)
			}
			return p.Counts
		}
	}
	s.t.Fatalf("no pipeline to %s", output)
	return ledger.Counts{}
}

// lines is how many lines a file has.
func (s *site) lines(file string) int {
	s.t.Helper()
	content, err := os.ReadFile(file)
	s.must(err)
	return strings.Count(string(content), "\n")
}

package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/event"
)

// site is a log and what an agent makes of it, in one directory.
type site struct {
	t       *testing.T
	dir     string
	written []string // lines of the log
}

func newSite(t *testing.T) *site { return &site{t: t, dir: t.TempDir()} }

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

// config is a configuration with the given outputs, each a YAML object; %s is the directory.
func (s *site) config(outputs ...string) *config.Config {
	s.t.Helper()
	return s.configWith("", outputs...)
}

// configWith is config with more keys, each in a line.
func (s *site) configWith(keys string, outputs ...string) *config.Config {
	s.t.Helper()
	text := strings.ReplaceAll(keys+`cluster: c
node: n
state_dir: %s/state
listen: 127.0.0.1:0
admin: unix://%s/run/admin.sock
disk: {min_free: 1MiB}
lock_timeout: 1s
shutdown_timeout: 1s
inputs: [{name: in, file: {path: %s/audit.log}}]
outputs: [`+strings.Join(outputs, ", ")+"]\n", "%s", s.dir)
	file := s.path("auditship.yaml")
	s.must(os.WriteFile(file, []byte(text), 0o600))
	cfg, err := config.Load(file)
	s.must(err)
	return cfg
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

var real = sync.OnceValue(func() []string {
	content, err := os.ReadFile("event/testdata/real.jsonl")
	if err != nil {
		panic(err)
	}
	past := strings.ReplaceAll(string(content), `"2026-`, `"2020-`) // whatever the clock says
	return strings.Split(strings.TrimSpace(past), "\n")
})

// write appends n events to the log.
func (s *site) write(n int) {
	s.t.Helper()
	f, err := os.OpenFile(s.path("audit.log"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	s.must(err)
	for range n {
		k := len(s.written)
		line := strings.Replace(real()[k%len(real())], `"auditID":"`, fmt.Sprintf(`"auditID":"%d-`, k), 1)
		s.written = append(s.written, line)
		_, err := io.WriteString(f, line+"\n")
		s.must(err)
	}
	s.must(f.Close())
}

// rotate renames the log as lumberjack does.
func (s *site) rotate() {
	at := time.Date(2026, 1, 1, 0, 0, len(s.written), 0, time.UTC) // grows with each rotation
	if err := os.Rename(s.path("audit.log"), s.path("audit-"+at.Format("2006-01-02T15-04-05.000")+".log")); err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
}

// backup is the n-th oldest backup, from 1 on.
func (s *site) backup(n int) string {
	s.t.Helper()
	names, err := filepath.Glob(s.path("audit-*.log"))
	s.must(err)
	return names[n-1]
}

// delivered wants each event once in an output's file, and nothing else, in the order of the log.
func (s *site) delivered(file string, want []string) {
	s.t.Helper()
	content, err := os.ReadFile(s.path(file))
	s.must(err)
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	if len(lines) != len(want) {
		s.t.Errorf("%s has %d lines, want %d", file, len(lines), len(want))
	}
	for i := range min(len(lines), len(want)) {
		var shipped struct{ Auditship struct{ ID string } }
		s.must(json.Unmarshal([]byte(lines[i]), &shipped))
		if id := event.Sum([]byte(want[i])).String(); shipped.Auditship.ID != id {
			s.t.Fatalf("%s: line %d is event %s, want %s", file, i, shipped.Auditship.ID, id)
		}
	}
}

// running is an agent at work.
type running struct {
	t     *testing.T
	stop  context.CancelFunc
	ended chan error
	log   *journal
}

func (s *site) start(cfg *config.Config) *running { return s.startWith(cfg, Options{}) }

func (s *site) startWith(cfg *config.Config, options Options) *running {
	ctx, stop := context.WithCancel(s.t.Context())
	r := &running{t: s.t, stop: stop, ended: make(chan error, 1), log: newJournal()}
	options.Log, options.Version = slog.New(r.log), "v1.2.3"
	go func() { r.ended <- Run(ctx, cfg, options) }()
	return r
}

func (r *running) end() {
	r.t.Helper()
	r.stop()
	if err := <-r.ended; err != nil {
		r.t.Fatal(err)
	}
}

// url waits until the agent listens.
func (r *running) url() string {
	select {
	case address := <-r.log.listening:
		r.log.listening <- address
		return "http://" + address
	case err := <-r.ended:
		r.t.Fatalf("the agent ended: %v", err)
		return ""
	}
}

// get asks a path until the answer is as wanted.
func (r *running) get(path string, enough func(status int, body string) bool) string {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		response, err := http.Get(r.url() + path)
		if err != nil {
			r.t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err := response.Body.Close(); err != nil {
			r.t.Fatal(err)
		}
		if err != nil {
			r.t.Fatal(err)
		}
		if enough(response.StatusCode, string(body)) {
			return string(body)
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("the last answer was %d: %s", response.StatusCode, body)
		}
	}
}

// journal is a log that tests can look at.
type journal struct {
	slog.Handler
	listening chan string
	mu        *sync.Mutex
	text      *strings.Builder
	grown     chan struct{} // has something in it when there is more
}

func newJournal() *journal {
	j := &journal{listening: make(chan string, 1), mu: &sync.Mutex{}, text: &strings.Builder{}, grown: make(chan struct{}, 1)}
	j.Handler = slog.NewTextHandler(j, nil)
	return j
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, rest, found := strings.Cut(string(line), "msg=listening address="); found {
		address, _, _ := strings.Cut(rest, " ")
		j.listening <- address
	}
	select {
	case j.grown <- struct{}{}:
	default:
	}
	return j.text.Write(line)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

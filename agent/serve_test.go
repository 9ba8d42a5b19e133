package agent

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/inputs/containerlog"
)

// Every metric that docs/operations.md tells of is on the page, and every one on the page is told of there.
func TestMetricsPage(t *testing.T) {
	s := newSite(t)
	s.write(120)
	r := s.start(s.config(archive))
	defer r.end()
	page := r.get("/metrics", func(_ int, body string) bool {
		return strings.Contains(body, `result="delivered"} 120`) && strings.Contains(body, "checkpoint_age")
	})
	for _, want := range []string{
		`auditship_events_total{input="in",output="archive",result="read"} 120`,
		`auditship_in_flight_events{input="in",output="archive"} 0`,
		`auditship_in_flight_bytes{input="in",output="archive"} 0`,
		`auditship_lag_seconds{input="in",output="archive"} 0`,
		`auditship_gaps_total{input="in",output="archive"} 0`,
		`auditship_last_gap_timestamp_seconds{input="in",output="archive"} 0`,
		`auditship_seconds_until_loss{input="in",output="archive"} +Inf`,
		`auditship_write_duration_seconds_count{input="in",output="archive"}`,
		`auditship_ack_latency_seconds_bucket{input="in",output="archive",le=`,
		`auditship_build_info{version="v1.2.3"} 1`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	manual, err := os.ReadFile("../docs/operations.md")
	s.must(err)
	for line := range strings.Lines(page) {
		if name, found := strings.CutPrefix(line, "# HELP "); found && strings.HasPrefix(name, "auditship_") {
			name, _, _ = strings.Cut(name, " ")
			if !strings.Contains(string(manual), "`"+name) {
				t.Errorf("docs/operations.md does not tell of %s", name)
			}
		}
	}
}

func TestHealthAndReadiness(t *testing.T) {
	s := newSite(t)
	r := s.start(s.config(archive))
	defer r.end()
	is := func(want int) func(int, string) bool {
		return func(status int, _ string) bool { return status == want }
	}
	r.get("/healthz", is(http.StatusOK))
	r.get("/readyz", is(http.StatusOK)) // a log that does not exist yet is no trouble
	notReady := func() {
		if body := r.get("/readyz", is(http.StatusServiceUnavailable)); !strings.HasPrefix(body, "input in: ") {
			t.Errorf("got %q", body)
		}
	}
	s.must(os.Mkdir(s.path("audit.log"), 0o700))
	r.get("/healthz", is(http.StatusOK))
	notReady()
	s.must(os.Remove(s.path("audit.log")))
	r.get("/readyz", is(http.StatusOK))
	s.must(os.Symlink("/dev/null", s.path("audit.log")))
	notReady()
}

// TestNoLogYet: a misspelt path shows.
func TestNoLogYet(t *testing.T) {
	s := newSite(t)
	j := newJournal()
	s.must(Run(t.Context(), s.config(archive), Options{Once: true, Log: slog.New(j)}))
	s.write(1)
	s.must(Run(t.Context(), s.config(archive), Options{Once: true, Log: slog.New(j)}))
	if told := j.String(); strings.Count(told, "there is no log;") != 1 || !strings.Contains(told, "log="+s.path("audit.log")) {
		t.Errorf("got\n%s", told)
	}
	cfg := s.config(archive)
	cfg.Inputs[0].File, cfg.Inputs[0].ContainerLog = nil, &containerlog.Config{Path: s.path("pods/*.log")}
	s.must(Run(t.Context(), cfg, Options{Once: true, Log: slog.New(j)}))
	if told := j.String(); !strings.Contains(told, "log="+s.path("pods/*.log")) {
		t.Errorf("got\n%s", told)
	}
}

func TestListenPortInUse(t *testing.T) {
	s := newSite(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	defer taken.Close()
	cfg := s.config(archive)
	cfg.Listen = taken.Addr().String()
	if err := Run(t.Context(), cfg, Options{Log: quiet}); err == nil || !strings.HasPrefix(err.Error(), "listen: ") {
		t.Errorf("got %v", err)
	}
	s.write(1)
	s.once(archive) // the state directory is free again, and --once needs no port
	s.delivered("out.jsonl", s.written)
}

// ask asks for the status over the admin socket.
func ask(socket string) ([]status.Pipeline, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	response, err := client.Get("http://agent/status")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return status.Read(response.Body)
}

func TestStatusOverTheAdminSocket(t *testing.T) {
	s := newSite(t)
	s.write(10)
	s.must(os.Mkdir(s.path("run"), 0o700))
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: s.path("run/admin.sock"), Net: "unix"})
	s.must(err)
	stale.SetUnlinkOnClose(false)
	s.must(stale.Close()) // left behind by a process that was killed
	r := s.start(s.config(archive))
	r.get("/metrics", func(_ int, body string) bool { return strings.Contains(body, `result="delivered"} 10`) })
	all, err := ask(s.path("run/admin.sock"))
	s.must(err)
	if len(all) != 1 || all[0].Input != "in" || all[0].Output != "archive" || all[0].Delivered != 10 || all[0].InFlight != 0 || all[0].LagBytes == nil || all[0].Blocked != "" {
		t.Errorf("got %+v", all)
	}
	if info, err := os.Stat(s.path("run/admin.sock")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	r.end()
	if _, err := os.Stat(s.path("run/admin.sock")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left behind: %v", err)
	}
}

// Another agent's admin socket stays its own; without one the agent still works.
func TestAdminSocketInUse(t *testing.T) {
	s, other := newSite(t), newSite(t)
	mine, theirs := s.config(archive), other.config(archive)
	theirs.Admin = mine.Admin
	first := s.start(mine)
	first.url()
	for _, err := ask(s.path("run/admin.sock")); err != nil; _, err = ask(s.path("run/admin.sock")) {
	}
	r := other.start(theirs)
	other.write(3)
	r.get("/metrics", func(_ int, body string) bool { return strings.Contains(body, `result="delivered"} 3`) })
	r.end()
	if !strings.Contains(r.log.String(), "no admin socket") {
		t.Errorf("nothing in the log:\n%s", r.log)
	}
	if _, err := ask(s.path("run/admin.sock")); err != nil {
		t.Errorf("the first agent's socket is gone: %v", err)
	}
	first.end()
}

// No moment passes in which others could connect: the umask that an agent is started with says nothing about who may.
func TestAdminSocketIsTheOwnersAtOnce(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	s := newSite(t)
	l, err := newAgent(s.config(archive), Options{Log: slog.New(slog.DiscardHandler)}).listenAdmin()
	s.must(err)
	defer l.Close()
	if info, err := os.Stat(s.path("run/admin.sock")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
}

func TestNoPlaceForTheAdminSocket(t *testing.T) {
	s := newSite(t)
	s.must(os.WriteFile(s.path("run"), nil, 0o600)) // where its directory should be
	s.write(3)
	r := s.start(s.config(archive))
	r.get("/metrics", func(_ int, body string) bool { return strings.Contains(body, `result="delivered"} 3`) })
	r.end()
	s.delivered("out.jsonl", s.written)
}

func TestStateDirectoryIsLocked(t *testing.T) {
	s := newSite(t)
	r := s.start(s.config(archive))
	r.url()
	cfg := s.config(archive)
	cfg.LockTimeout = time.Millisecond
	if err := Run(t.Context(), cfg, Options{Log: quiet}); !errors.Is(err, errHeld) {
		t.Errorf("a second agent ended with %v, want %v", err, errHeld)
	}
	cfg.LockTimeout = time.Hour
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := Run(ctx, cfg, Options{Log: quiet}); err != nil {
		t.Errorf("stopped while it waits for the lock: %v, want nil", err)
	}
	r.end()
	if _, err := os.Stat(filepath.Join(cfg.StateDir, "lock")); err != nil {
		t.Error(err)
	}
	s.once(archive)
}

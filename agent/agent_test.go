package agent

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/pipeline"
	"github.com/auditship/auditship/agent/status"
)

const (
	archive = `{name: archive, file: {path: %s/out.jsonl}}`
	second  = `{name: second, file: {path: %s/second.jsonl}, batch: {max_events: 7, linger: 0s}}`
	dead    = `{name: archive, file: {path: %s/dead}}` // a directory is in its place
)

var quiet = slog.New(slog.DiscardHandler)

func (s *site) once(outputs ...string) {
	s.t.Helper()
	s.must(Run(s.t.Context(), s.config(outputs...), Options{Once: true, Log: quiet}))
}

func (s *site) checkpoint(pipeline string) *checkpoint.Checkpoint {
	s.t.Helper()
	all, err := status.Stored(disk.OS{}, s.path("state"), quiet)
	s.must(err)
	if all[pipeline] == nil {
		s.t.Fatalf("no checkpoint of %s", pipeline)
	}
	return all[pipeline]
}

func TestOnceShipsWhatIsThere(t *testing.T) {
	s := newSite(t)
	s.write(300)
	s.rotate()
	s.write(200)
	s.once(archive, second)
	s.delivered("out.jsonl", s.written)
	s.delivered("second.jsonl", s.written)
	s.once(archive, second) // nothing is new
	s.delivered("out.jsonl", s.written)
	if c := s.checkpoint("in--archive"); !c.Clean || c.Counts.Read != 500 || c.Counts.Delivered != 500 || c.Counts.Duplicate != 0 {
		t.Errorf("checkpoint: %+v", c)
	}
}

// The log goes on and is rotated while the agent is stopped at random moments.
func TestRestartsWhileTheLogRotates(t *testing.T) {
	s := newSite(t)
	for range 12 {
		stop, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(40))*time.Millisecond)
		ended := make(chan error, 1)
		cfg := s.config(archive, second)
		go func() { ended <- Run(stop, cfg, Options{Log: quiet}) }()
		for range rand.IntN(4) {
			s.write(1 + rand.IntN(80))
			if rand.IntN(2) == 0 {
				s.rotate()
			}
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		cancel()
	}
	s.write(1)
	s.once(archive, second)
	s.delivered("out.jsonl", s.written)
	s.delivered("second.jsonl", s.written)
	if c := s.checkpoint("in--second").Counts; c.Read != uint64(len(s.written)) || c.InFlight() != 0 || c.Gaps != 0 {
		t.Errorf("%d lines, books %+v", len(s.written), c)
	}
}

// A dead output neither holds up a stop nor the other output, and what waits for it comes later.
func TestDeadOutput(t *testing.T) {
	s := newSite(t)
	s.must(os.Mkdir(s.path("dead"), 0o700))
	s.write(50)
	r := s.start(s.config(dead, second))
	r.get("/metrics", func(_ int, body string) bool {
		return strings.Contains(body, `auditship_events_total{input="in",output="second",result="delivered"} 50`) &&
			strings.Contains(body, `auditship_blocked{input="in",needs_you="false",output="archive",reason="write_failed"} 1`) &&
			strings.Contains(body, `auditship_in_flight_events{input="in",output="archive"} 50`) &&
			!strings.Contains(body, `auditship_lag_seconds{input="in",output="archive"} 0`) &&
			strings.Contains(body, `auditship_lag_seconds{input="in",output="second"} 0`)
	})
	stopped := time.Now()
	r.end()
	if took := time.Since(stopped); took > 5*time.Second {
		t.Errorf("the stop took %v, with a shutdown_timeout of 1s", took)
	}
	if n := strings.Count(r.log.String(), "delivery fails"); n != 1 {
		t.Errorf("%d lines about the dead output, want 1:\n%s", n, r.log)
	}
	s.delivered("second.jsonl", s.written)
	s.must(os.Remove(s.path("dead")))
	s.once(dead, second)
	s.delivered("dead", s.written)
	s.delivered("second.jsonl", s.written)
}

func TestOnceThatIsStoppedFails(t *testing.T) {
	s := newSite(t)
	s.must(os.Mkdir(s.path("dead"), 0o700))
	s.write(5)
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if err := Run(ctx, s.config(dead), Options{Once: true, Log: quiet}); !errors.Is(err, pipeline.ErrUnfinished) {
		t.Errorf("got %v, want ErrUnfinished", err)
	}
}

// With start: end, nothing of what comes after the first start is lost, even if nothing was ever committed.
func TestStartAtEndHoldsBeforeTheFirstCommit(t *testing.T) {
	s := newSite(t)
	s.must(os.Mkdir(s.path("dead"), 0o700))
	s.write(20)
	output := strings.Replace(dead, "{", "{start: end, ", 1)
	r := s.start(s.config(output))
	r.get("/metrics", func(_ int, body string) bool { return strings.Contains(body, "auditship_checkpoint_age_seconds{") })
	s.write(30)
	s.rotate()
	s.write(10)
	r.end()
	s.write(5)
	s.must(os.Remove(s.path("dead")))
	s.once(output)
	s.delivered("dead", s.written[20:])
}

// A damaged checkpoint stops its own pipeline alone. Meanwhile the input keeps what that one may need.
func TestDamagedCheckpointStopsItsPipelineAlone(t *testing.T) {
	s := newSite(t)
	s.write(40)
	s.once(archive, second)
	saved := s.checkpoint("in--archive").Cursor
	for _, slot := range checkpoint.Slots {
		s.must(os.WriteFile(filepath.Join(status.PipelineDir(s.path("state"), "in--archive"), slot), []byte("x"), 0o600))
	}
	s.write(30)
	r := s.start(s.config(archive, second))
	r.get("/metrics", func(_ int, body string) bool {
		return strings.Contains(body, `auditship_events_total{input="in",output="second",result="delivered"} 70`) &&
			strings.Contains(body, `auditship_blocked{input="in",needs_you="true",output="archive",reason="checkpoint_damaged"} 1`) &&
			!strings.Contains(body, `auditship_lag_bytes{input="in",output="archive"} 0`)
	})
	s.rotate()
	s.write(1)
	s.rotate()
	s.write(1)
	oldest := s.backup(1)
	r.get("/metrics", func(_ int, body string) bool {
		return strings.Contains(body, `auditship_events_total{input="in",output="second",result="delivered"} 72`) && links(oldest) > 1
	})
	s.must(os.Remove(oldest)) // which only the held pipeline still needs
	r.end()
	if n := strings.Count(r.log.String(), "mend the checkpoint"); n != 1 {
		t.Errorf("%d lines about the damage, want 1:\n%s", n, r.log)
	}
	if err := Run(t.Context(), s.config(archive, second), Options{Once: true, Log: quiet}); !errors.Is(err, checkpoint.ErrDamaged) {
		t.Errorf("once: %v, want ErrDamaged", err)
	}
	if err := Run(t.Context(), s.config(archive), Options{Log: quiet}); !errors.Is(err, checkpoint.ErrDamaged) {
		t.Errorf("an agent with nothing else to do: %v, want ErrDamaged", err)
	}
	_, err := SetPosition(t.Context(), s.config(archive, second), quiet, "in/archive", saved)
	s.must(err)
	s.once(archive, second)
	s.delivered("out.jsonl", s.written)
	s.delivered("second.jsonl", s.written)
}

func links(path string) uint64 {
	var stat syscall.Stat_t
	if syscall.Stat(path, &stat) != nil {
		return 0
	}
	return uint64(stat.Nlink)
}

// A position that this version does not understand is damage, too.
func TestCursorOfAnotherVersionStopsItsPipelineAlone(t *testing.T) {
	s := newSite(t)
	s.write(5)
	s.once(archive, second)
	store := checkpoint.NewStore(disk.OS{}, status.PipelineDir(s.path("state"), "in--archive"), quiet)
	c, err := store.Load()
	s.must(err)
	c.Cursor = json.RawMessage(`{"version":99}`)
	s.must(errors.Join(store.Save(c), store.Close()))
	s.write(5)
	if err := Run(t.Context(), s.config(archive, second), Options{Once: true, Log: quiet}); !errors.Is(err, pipeline.ErrUnfinished) || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("got %v, want ErrUnfinished about version 99", err)
	}
	s.delivered("out.jsonl", s.written[:5])
	s.delivered("second.jsonl", s.written)
}

func TestRenamedOutputKeepsItsPosition(t *testing.T) {
	s := newSite(t)
	s.write(40)
	s.once(archive)
	s.write(2)
	renamed := `{name: store, was: archive, file: {path: %s/other.jsonl}}`
	s.once(renamed)
	s.delivered("other.jsonl", s.written[40:])
	s.write(1)
	s.once(renamed)
	s.delivered("other.jsonl", s.written[40:])
	if c := s.checkpoint("in--store"); c.Output != "store" || c.Counts.Read != 43 {
		t.Errorf("checkpoint: %+v", c)
	}
}

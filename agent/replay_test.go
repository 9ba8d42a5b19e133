package agent

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/pipeline"
	"github.com/auditship/auditship/agent/replay"
	"github.com/auditship/auditship/agent/status"
)

// setAside makes the last n events of the log dead letters of a pipeline, as if its output had refused them.
func (s *site) setAside(pipeline string, n int) (ids []event.ID) {
	s.t.Helper()
	var letters []deadletter.Letter
	for _, record := range s.written[len(s.written)-n:] {
		letters = append(letters, deadletter.Letter{Time: time.Unix(1, 0), Reason: "mapping", Record: []byte(record)})
		ids = append(ids, event.Sum([]byte(record)))
	}
	f := deadletter.NewFile(disk.OS{}, status.DeadLetters(s.path("state"), pipeline), deadletter.Limits{MaxBytes: 1 << 30})
	s.must(errors.Join(f.Append(letters), f.Close()))
	store := checkpoint.NewStore(disk.OS{}, status.PipelineDir(s.path("state"), pipeline), quiet)
	c, err := store.Load()
	s.must(err)
	c.Counts.Add(ledger.Counts{Read: uint64(n), DeadLettered: uint64(n)})
	s.must(errors.Join(store.Save(c), store.Close()))
	return ids
}

// begun is a site with 10 events delivered and 5 more set aside, whose output is then dead and a replay begun.
func begun(t *testing.T) (s *site, cfg *config.Config, ids []event.ID) {
	s = newSite(t)
	s.write(10)
	s.once(dead)
	for range 5 { // not in the log
		s.written = append(s.written, strings.Replace(real()[0], `"auditID":"`, `"auditID":"letter-`+string(rune('a'+len(s.written))), 1))
	}
	ids = s.setAside("in--archive", 5)
	s.must(os.Rename(s.path("dead"), s.path("aside")))
	s.must(os.Mkdir(s.path("dead"), 0o700))
	cfg = s.config(dead)
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	done, err := Replay(ctx, cfg, quiet, Letters{})
	if !errors.Is(err, pipeline.ErrUnfinished) || len(done) != 0 {
		t.Fatalf("got %+v, %v; want ErrUnfinished", done, err)
	}
	return s, cfg, ids
}

func (s *site) revive() {
	s.t.Helper()
	s.must(os.Remove(s.path("dead")))
	s.must(os.Rename(s.path("aside"), s.path("dead")))
}

func (s *site) stopped(cfg *config.Config) status.Pipeline {
	s.t.Helper()
	all, err := Stopped(s.t.Context(), cfg, quiet)
	s.must(err)
	return all[0]
}

// A replay whose output is dead keeps its letters; the next one begins with them, also after the agent was at work.
func TestReplayGoesOnWhereItStopped(t *testing.T) {
	s, cfg, ids := begun(t)
	if p := s.stopped(cfg); p.Letters.Letters != 0 || p.Replaying.Letters != 5 || p.DeadLettered != 5 {
		t.Errorf("the status is %+v", p)
	}
	s.revive()
	s.write(3)
	r := s.start(cfg)
	r.get("/metrics", func(_ int, body string) bool {
		return strings.Contains(body, `auditship_events_total{input="in",output="archive",result="delivered"} 13`)
	})
	r.end()
	if !strings.Contains(r.log.String(), "a replay of dead letters is not finished") {
		t.Errorf("the agent does not tell of the replay:\n%s", r.log)
	}
	done, err := Replay(t.Context(), cfg, quiet, Letters{IDs: ids[:1]})
	if want := (Replayed{Pipeline: "in/archive", Counts: ledger.Counts{Read: 5, Delivered: 5}}); err != nil || len(done) != 1 || done[0] != want {
		t.Errorf("got %+v, %v; want %+v", done, err, want)
	}
	s.delivered("dead", append(append(append([]string{}, s.written[:10]...), s.written[15:]...), s.written[10:15]...))
	if p := s.stopped(cfg); p.Replaying.Letters != 0 || p.Counts != (ledger.Counts{Read: 18, Delivered: 18}) {
		t.Errorf("the status is %+v", p)
	}
}

// Letters that a replay has taken can't be dropped one by one, but all together.
func TestDropOfAnUnfinishedReplay(t *testing.T) {
	s, cfg, ids := begun(t)
	if _, err := Drop(t.Context(), cfg, quiet, Letters{IDs: ids[:1]}); err == nil || !strings.Contains(err.Error(), "is in a replay that is not finished") {
		t.Errorf("got %v", err)
	}
	dropped, err := Drop(t.Context(), cfg, quiet, Letters{})
	if err != nil || len(dropped) != 1 || dropped[0] != (Dropped{"in/archive", 5}) {
		t.Errorf("got %+v, %v", dropped, err)
	}
	s.revive()
	if done, err := Replay(t.Context(), cfg, quiet, Letters{}); err != nil || len(done) != 0 {
		t.Errorf("replayed %+v, %v", done, err)
	}
	if p := s.stopped(cfg); p.Replaying.Letters+p.Letters.Letters != 0 || p.DeadLettered != 5 || p.InFlight != 0 {
		t.Errorf("the status is %+v", p)
	}
}

// What a replay delivers lies behind what the agent itself wrote; after a crash of the agent, both are told apart.
func TestReplayAfterACrashOfTheAgent(t *testing.T) {
	s := newSite(t)
	s.write(10)
	s.once(archive)
	state := s.path("state/pipelines/in--archive") + "/"
	saved := map[string][]byte{}
	for _, slot := range checkpoint.Slots {
		content, err := os.ReadFile(state + slot)
		s.must(err)
		saved[slot] = content
	}
	s.write(5)
	s.once(archive)
	for slot, content := range saved { // as if that run had died before its commit
		s.must(os.WriteFile(state+slot, content, 0o600))
	}
	letter := strings.Replace(real()[0], `"auditID":"`, `"auditID":"letter-`, 1)
	s.written = append(s.written, letter)
	s.setAside("in--archive", 1)
	done, err := Replay(t.Context(), s.config(archive), quiet, Letters{})
	if err != nil || len(done) != 1 || done[0].Delivered != 1 {
		t.Fatalf("got %+v, %v", done, err)
	}
	s.once(archive)
	s.delivered("out.jsonl", s.written)
	if c := s.checkpoint("in--archive").Counts; c.Read != 16 || c.Delivered != 16 || c.DeadLettered != 0 {
		t.Errorf("the books are %+v", c)
	}
}

// Dead letters of an output go with it when it is renamed.
func TestReplayOfARenamedOutput(t *testing.T) {
	s := newSite(t)
	s.write(2)
	s.once(archive)
	s.written = append(s.written, strings.Replace(real()[0], `"auditID":"`, `"auditID":"letter-`, 1))
	s.setAside("in--archive", 1)
	cfg := s.config(`{name: store, was: archive, file: {path: %s/out.jsonl}}`)
	if p := s.stopped(cfg); p.Letters.Letters != 1 || p.Output != "store" {
		t.Errorf("the status is %+v", p)
	}
	if done, err := Replay(t.Context(), cfg, quiet, Letters{Pipeline: "in--store"}); err != nil || len(done) != 1 || done[0].Pipeline != "in/store" || done[0].Delivered != 1 {
		t.Errorf("got %+v, %v", done, err)
	}
	s.delivered("out.jsonl", s.written)
	if _, err := os.Stat(replay.Letters(s.path("state/pipelines/in--store"))); !os.IsNotExist(err) {
		t.Errorf("the replay is not over: %v", err)
	}
}

package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/outputs"
)

// mortal is a disk on which nothing changes any more once the process is dead.
type mortal struct {
	disk.OS
	dead atomic.Bool
}

var errDead = errors.New("the process is dead")

func (m *mortal) OpenFile(name string, flag int, perm fs.FileMode) (disk.File, error) {
	if m.dead.Load() {
		return nil, errDead
	}
	f, err := m.OS.OpenFile(name, flag, perm)
	return mortalFile{File: f, disk: m}, err
}

// SyncDir and Sync have nothing to do: the kernel outlives the process.
func (m *mortal) SyncDir(string) error { return nil }

func (f mortalFile) Sync() error { return nil }

type mortalFile struct {
	disk.File
	disk *mortal
}

func (f mortalFile) WriteAt(b []byte, at int64) (int, error) {
	if f.disk.dead.Load() {
		return 0, errDead
	}
	return f.File.WriteAt(b, at)
}

// server is a destination that outlives the agent's crashes, and holds pipelines to what Resume says.
type server struct {
	t       *testing.T
	random  *rand.Rand
	intents bool // it saves what it is going to do
	side    int

	mu      sync.Mutex
	shown   map[event.ID]int    // in which life it was accepted first, from 1 on
	repeats int                 // that were hidden
	forms   map[event.ID]string // what was sent, byte by byte
	pending []event.ID          // the last intent

	// Of the present life of the agent.
	life   int
	disk   *mortal
	resume outputs.Resume
	first  bool
}

func (s *server) Close() error { return nil }

func (s *server) Traits() outputs.Traits {
	return outputs.Traits{Writes: s.side, MaxEventBytes: 16 << 20}
}

func (s *server) Open(_ context.Context, r outputs.Resume) error {
	s.resume, s.first = r, true
	return nil
}

func (s *server) Write(ctx context.Context, events []event.Event) (outputs.Ack, error) {
	s.compare(events)
	if s.intents {
		if err := s.intend(ctx, events); err != nil {
			return outputs.Ack{}, err
		}
	}
	inputs.Pause(ctx, s.upTo(2*time.Second))
	if ctx.Err() != nil || s.disk.dead.Load() {
		return outputs.Ack{}, errDead
	}
	return s.answer(events)
}

// compare wants an event that comes again to have the bytes that it had: some destinations know it by nothing else.
func (s *server) compare(events []event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range events {
		form := string(events[i].AppendJSON(nil))
		if before, known := s.forms[events[i].ID]; known && before != form {
			s.t.Errorf("life %d: an event was\n%s\nand comes again as\n%s", s.life, before, form)
		}
		s.forms[events[i].ID] = form
	}
}

func (s *server) upTo(d time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(s.random.Int64N(int64(d)))
}

func (s *server) intend(ctx context.Context, events []event.Event) error {
	ids := make([]event.ID, len(events))
	for i := range events {
		ids[i] = events[i].ID
	}
	if state := string(s.resume.State); s.first && state != "" && state != "idle" {
		if state != fmt.Sprintf("%x", s.pending[0]) || s.resume.Pending != len(s.pending) || !slices.Equal(ids, s.pending) {
			s.t.Errorf("life %d: after an intent for %d events Pending is %d, and %d events come", s.life, len(s.pending), s.resume.Pending, len(ids))
		}
	}
	s.first = false
	err := s.resume.Save(ctx, fmt.Appendf(nil, "%x", ids[0]))
	if err == nil {
		s.pending = ids
	}
	return err
}

// answer accepts all, or some, or says nothing about it.
func (s *server) answer(events []event.Event) (outputs.Ack, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ack, outcome := outputs.Ack{State: []byte("idle")}, s.random.IntN(8)
	var failures []outputs.Failure
	for i := range events {
		switch {
		case doomed(events[i].ID):
			failures = append(failures, outputs.Failure{Index: i, Err: outputs.Permanent("doomed", nil)})
		case outcome == 0 && !s.intents && s.random.IntN(3) == 0:
			failures = append(failures, outputs.Failure{Index: i, Err: &outputs.Fault{Reason: "throttled"}})
		case !s.accept(events[i].ID):
			ack.Duplicates++
		}
	}
	if outcome == 1 {
		return outputs.Ack{}, &outputs.Fault{Reason: "timeout"}
	}
	s.repeats += ack.Duplicates
	if len(failures) > 0 {
		return ack, &outputs.PartialError{Failures: failures}
	}
	return ack, nil
}

// accept tells whether the event is new. One from an earlier life must have been announced.
func (s *server) accept(id event.ID) bool {
	life, known := s.shown[id]
	if !known {
		s.shown[id] = s.life
	} else if life < s.life && !s.resume.Replay {
		s.t.Errorf("life %d: an event of life %d comes again, and Replay was not set", s.life, life)
	}
	return !known
}

// doomed events are refused for good.
func doomed(id event.ID) bool { return id[0] < 8 }

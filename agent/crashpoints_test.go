package agent_test

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/disk/disktest"
	"github.com/auditship/auditship/agent/pipeline"
	"github.com/auditship/auditship/agent/pipeline/pipelinetest"
	logfile "github.com/auditship/auditship/inputs/file"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/file"
)

const (
	crashPoints = 200
	latestCrash = 350 // call at which the first life is stopped: they are about that long
)

// Two hundred histories of a machine: a log that is written and rotated, read by two pipelines, one to a file that rotates,
// one to a server by intents, with all their state on a disk that loses and tears what is not synced, and is full, broken or
// read-only now and then. Up to three lives end by a kill or a power loss in the middle of a call, or by a stop. After each,
// nothing that is committed is missing and the books are right; in the end everything is where it belongs once, in order.
//
// AUDITSHIP_SEED=n plays one history again.
func TestCrashPoints(t *testing.T) {
	var all tally
	disktest.Some(t, crashPoints, latestCrash, func(trial *disktest.Trial) {
		t.Run("seed", func(t *testing.T) { newMachine(t, trial, &all).run() })
	})
	all.report(t)
}

// machine is one history.
type machine struct {
	*disktest.Trial
	t      *testing.T
	random *rand.Rand // of what the machine does, not of its disk
	log    *growingLog
	server *server
	told   *journal
	tally  *tally
}

func newMachine(t *testing.T, trial *disktest.Trial, all *tally) *machine {
	random := rand.New(rand.NewPCG(trial.Seed, 2))
	m := &machine{Trial: trial, t: t, random: random, log: newGrowingLog(t, random, 60), told: &journal{}, tally: all}
	m.server = &server{machine: m}
	return m
}

func (m *machine) run() {
	synctest.Test(m.t, func(t *testing.T) {
		m.TB = t
		m.Restart(disktest.Kill) // in here, so that its channel belongs to this bubble
		m.Pace()
		for last := false; !last; {
			last = m.Begin()
			m.live(last)
			m.tally.ended(m.crashed(), m.End())
			m.judge(last)
		}
	})
}

// crashed tells whether the world has stopped.
func (m *machine) crashed() bool {
	select {
	case <-m.Stopped():
		return true
	default:
		return false
	}
}

// live runs both pipelines until the world stops, the machine is stopped, or all is shipped.
func (m *machine) live(last bool) {
	ctx, end := pipelinetest.While(m, m.Stopped())
	defer end()
	var running sync.WaitGroup
	for i, p := range m.pipelines(last) {
		if err := m.open(p, places[i].dir); err != nil {
			if last {
				m.Damaged("open %s: %v", p.Name(), err)
			}
			continue
		}
		running.Go(func() {
			if err := p.Run(ctx); err != nil && last && !errors.Is(err, pipeline.ErrUnfinished) {
				m.Errorf("AUDITSHIP_SEED=%d: run %s: %v", m.Seed, p.Name(), err)
			}
		})
	}
	if m.log.grow(last); !last {
		time.Sleep(time.Duration(m.random.Int64N(int64(3 * time.Second))))
		end()
	}
	running.Wait()
}

// pipelines are those of one life. In the last one they end by themselves.
func (m *machine) pipelines(last bool) []*pipeline.Pipeline {
	on, log := m.Mount(), slog.New(m.told)
	archive, err := file.New(file.Config{Path: shipped, MaxSize: 6000}, outputs.Env{Log: log, Disk: on, MaxBytes: 3000})
	if err != nil {
		m.Fatal(err)
	}
	if last {
		m.log.grow(true) // Once ends at what is the end now
	}
	in := logfile.New(logfile.Config{Path: m.log.path}, log, func(string) {})
	var all []*pipeline.Pipeline
	for i, out := range []outputs.Output{archive, m.server.connect()} {
		config := pipeline.Config{
			OutputName: places[i].output, Once: last, MaxEvents: 1 + m.random.IntN(12), Linger: time.Duration(1+m.random.IntN(400)) * time.Millisecond,
			StopWithin: time.Duration(m.random.IntN(3)) * 500 * time.Millisecond,
		}
		all = append(all, pipelinetest.New(m, on, places[i].dir, config, pipeline.Parts{Input: in, Output: out, Log: log}))
	}
	return all
}

// places are where the pipelines have their state.
var places = [2]struct{ output, dir string }{
	{"archive", "/var/lib/state/pipelines/in--archive"}, {"server", "/var/lib/state/pipelines/in--server"},
}

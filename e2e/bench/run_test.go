package bench_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/bench/check"
	"github.com/auditship/auditship/e2e/bench/measure"
	"github.com/auditship/auditship/e2e/bench/peers"
	"github.com/auditship/auditship/e2e/bench/sink"
)

const (
	runLimit     = time.Minute // and
	slowest      = 5e6         // bytes per second
	progressPoll = 10 * time.Millisecond
)

// work is a log that is shipped again and again.
type work struct {
	paths    []string // backups, the oldest first, and the log
	bytes    int64
	lines    int
	expected *check.Expected // nil: the output is not looked at
	bulk     bool            // to the sink instead of a file
	rules    int             // see peers.Job
	outputs  int
}

// run lets a peer ship the log once and verifies what it wrote.
func (w *work) run(t *testing.T, peer *peers.Peer) (u measure.Usage, err error) {
	t.Helper()
	dir := newDir(t)
	defer func() {
		if err == nil {
			err = os.RemoveAll(dir)
		}
	}()
	job := peers.Job{
		Dir: dir, Log: filepath.Join(dir, "log", "audit.log"), Out: filepath.Join(dir, "events.jsonl"),
		Rules: w.rules, Outputs: w.outputs,
	}
	w.link(t, job.Log)
	progress := &tail{path: job.Out, word: []byte(peers.Node)}
	count := progress.count
	if w.bulk {
		server, err := sink.Start(t.Context(), job.Out)
		must(t, err)
		defer func() { must(t, server.Stop()) }()
		job.Sink, count = server.Address, server.Count
	}
	u, err = w.ship(t, peer, job, count)
	if err == nil && w.bulk {
		_, err = count() // completes the file
	}
	for _, out := range job.Outs() {
		if err == nil && w.expected != nil {
			err = w.expected.Verify(out, peers.Cluster, peers.Node)
		}
	}
	return u, err
}

// link puts the log and its backups where a run finds them: the same files each time, in a directory of its own.
func (w *work) link(t *testing.T, log string) {
	t.Helper()
	must(t, os.Mkdir(filepath.Dir(log), 0o700))
	last := len(w.paths) - 1
	for i, backup := range w.paths[:last] {
		rotated := time.Date(2026, 11, 22, 7, 0, i, 0, time.UTC).Format("audit-2006-01-02T15-04-05.000.log")
		must(t, os.Link(backup, filepath.Join(filepath.Dir(log), rotated)))
	}
	must(t, os.Link(w.paths[last], log))
}

// ship runs the peer until everything is there.
func (w *work) ship(t *testing.T, peer *peers.Peer, job peers.Job, count func() (int, error)) (u measure.Usage, err error) {
	t.Helper()
	command, err := peer.Prepare(job, false)
	if err != nil {
		return u, err
	}
	p, err := measure.Start(t.Context(), command)
	if err != nil {
		return u, err
	}
	var wall time.Duration
	if !peer.Once && w.expected != nil {
		if wall, err = await(w.expected.Len(), runLimit+time.Duration(w.bytes/slowest)*time.Second, count); err != nil {
			_, stopped := p.Stop()
			return u, errors.Join(fmt.Errorf("%w (log: %s)", err, command.Log), stopped)
		}
		u, err = p.Stop()
		u.Wall, u.Code = wall, max(u.Code, 0) // a signal ended it
	} else {
		u, err = p.Wait()
	}
	if err == nil && u.Code != 0 {
		err = fmt.Errorf("exit code %d (log: %s)", u.Code, command.Log)
	}
	return u, err
}

// await waits until so many events have arrived.
func await(events int, limit time.Duration, count func() (int, error)) (time.Duration, error) {
	begin := time.Now()
	for poll := time.NewTicker(progressPoll); ; <-poll.C {
		n, err := count()
		if err != nil || n >= events {
			return time.Since(begin), err
		}
		if time.Since(begin) > limit {
			return 0, fmt.Errorf("only %d of %d events after %v", n, events, limit)
		}
	}
}

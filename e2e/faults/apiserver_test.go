package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/auditship/auditship/e2e/auditlog"
)

const perSecond = 250 << 10 // bytes: some 160 events

// logSpec is what a log is like.
type logSpec struct {
	Dir, Journal string
	Corpus       string
	Seed         uint64
	Backups      int           // that are kept, of 2 MiB each
	Rate         int           // bytes in a second
	Old          int           // how many events the log begins with that happened
	Ago          time.Duration // so long ago
	Hopeless     int           // how many events it begins with that are long, whatever is left out of them
}

// apiserver writes and rotates a log as kube-apiserver does. It is a process of its own, this test binary again, so that
// its clock can step.
type apiserver struct {
	spec     logSpec
	journals []string
	cmd      *exec.Cmd
	stdin    io.Closer // it goes on until this is closed, by us or by our death
}

func newAPIServer(r *run) *apiserver {
	spec := logSpec{Dir: filepath.Join(r.dir, "log"), Corpus: corpus, Seed: seed, Backups: 5, Rate: r.rate()}
	if r.backups > 0 {
		spec.Backups = r.backups
	}
	must(r.T, os.Mkdir(spec.Dir, 0o700))
	return &apiserver{spec: spec}
}

const logSpecEnv = "E2E_FAULTS_LOG"

func (a *apiserver) start(r *run) {
	a.spec.Journal = filepath.Join(r.dir, fmt.Sprintf("journal-%d", len(a.journals)+1))
	a.journals = append(a.journals, a.spec.Journal)
	a.spec.Seed++
	spec, err := json.Marshal(a.spec)
	must(r.T, err)
	a.cmd = exec.Command(os.Args[0])
	a.cmd.Env = append(os.Environ(), logSpecEnv+"="+string(spec))
	a.cmd.Stderr = os.Stderr
	stdin, err := a.cmd.StdinPipe()
	must(r.T, err)
	must(r.T, a.cmd.Start())
	r.Cleanup(func() { _ = stdin.Close() }) // it may be closed
	a.stdin = stdin
}

func (a *apiserver) running() bool { return a.stdin != nil }

// stop returns when the log and its journals are complete.
func (a *apiserver) stop(r *run) {
	must(r.T, errors.Join(a.stdin.Close(), a.cmd.Wait()))
	a.stdin = nil
}

// writeLog is that other process.
func writeLog(text string) error {
	var spec logSpec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		return err
	}
	writer, err := auditlog.NewWriter(spec.Dir, spec.Journal, 2, spec.Backups)
	if err != nil {
		return err
	}
	lines, err := auditlog.NewGenerator(spec.Corpus, spec.Seed, 20<<20)
	if err != nil {
		return err
	}
	for range spec.Old {
		if err := writer.Write(lines.Append(nil, time.Now().Add(-spec.Ago))); err != nil {
			return err
		}
	}
	for range spec.Hopeless {
		if err := writer.Write(lines.AppendHopeless(nil, time.Now(), hopelessLength)); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return errors.Join(writer.Generate(ctx, lines, spec.Rate, 1<<40), writer.Close())
}

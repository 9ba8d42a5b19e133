package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk/disktest"
	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/pipeline"
	"github.com/auditship/auditship/agent/rules"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/file"
)

const (
	stateDir = "/var/lib/state/pipelines/in--out"
	letters  = stateDir + "/dead-letters.jsonl"
	shipped  = "/var/log/out/events.jsonl"
)

var quiet = slog.New(slog.DiscardHandler)

// A whole pipeline, stopped in the middle of any call to its disk, killed or without power, again and again: in the end each
// record is exactly once where it belongs, in order, and at every commit the books say just what was done.
//
// The pipeline's goroutines make their calls in an order of their own, so a seed does not replay exactly.
func TestCrashAnywhereInThePipeline(t *testing.T) {
	log := newMemoryLog(70)
	disktest.Each(t, 4, func(trial *disktest.Trial) {
		synctest.Test(t, func(t *testing.T) {
			trial.TB = t
			trial.Restart(disktest.Kill) // in here, so that its channel belongs to this bubble
			c := &crashes{Trial: trial, log: log}
			for last := false; !last; {
				last = c.Begin()
				c.live(last)
				c.End()
				c.judgeBooks()
			}
			c.judgeLetters()
			c.judgeFile()
		})
	})
}

type crashes struct {
	*disktest.Trial
	log memoryLog
}

// live runs the pipeline until the end of the log or of the world.
func (c *crashes) live(last bool) {
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	p, err := c.pipeline()
	if err == nil {
		go func() {
			select {
			case <-c.Stopped():
				cancel()
			case <-ctx.Done():
			}
		}()
		err = p.Run(ctx)
	}
	if err != nil && last {
		c.Damaged("run: %v", err)
	}
}

func (c *crashes) pipeline() (*pipeline.Pipeline, error) {
	on := c.Mount()
	kept, err := rules.Compile(rules.List{Name: "policy", NoMatch: rules.RequestResponse, Rules: []rules.Rule{{Level: "None", Verbs: []string{"watch"}}}})
	if err != nil {
		c.Fatal(err)
	}
	out, err := file.New(file.Config{Path: shipped, MaxSize: 6000}, outputs.Env{Log: quiet, Disk: on, MaxBytes: 3000})
	if err != nil {
		c.Fatal(err)
	}
	p := pipeline.New(pipeline.Config{
		InputName: "in", OutputName: "out", Once: true, MaxBytes: 3000, MaxEvents: 6, Linger: 100 * time.Millisecond, MaxEventBytes: 1 << 20, StopWithin: time.Second,
	}, pipeline.Parts{
		Input: c.log, Output: out, Rules: kept, Enricher: enrich.New("c", "n"), Store: checkpoint.NewStore(on, stateDir, quiet),
		DeadLetters: deadletter.NewFile(on, letters, deadletter.Limits{MaxBytes: 1 << 20}), Gate: pipeline.NewGate(), Metrics: ledger.NewMetrics(), Log: quiet,
	})
	return p, p.Open()
}

// judgeBooks wants the ledger of the checkpoint to be that of the records before its cursor.
func (c *crashes) judgeBooks() {
	saved, err := checkpoint.NewStore(c.Admin(), stateDir, quiet).Load()
	if err != nil {
		c.Damaged("load: %v", err)
	}
	if saved == nil {
		return
	}
	var at int
	if err := json.Unmarshal(saved.Cursor, &at); err != nil {
		c.Damaged("cursor: %v", err)
	}
	got, want := saved.Counts, c.log.books(at)
	got.Duplicate = 0
	if got != want {
		c.Damaged("at record %d the books are %+v, want %+v", at, got, want)
	}
}

func (c *crashes) judgeLetters() {
	var got, want []string
	if err := deadletter.Read(c.Admin(), letters, func(l deadletter.Letter) bool { got = append(got, string(l.Record)); return true }); err != nil {
		c.Damaged("dead letters: %v", err)
	}
	for _, record := range c.log {
		if record[0] != '{' {
			want = append(want, record)
		}
	}
	if !slices.Equal(got, want) {
		c.Damaged("dead letters %q, want %q", got, want)
	}
}

// judgeFile wants the events that are kept, each once, in order, in whole lines.
func (c *crashes) judgeFile() {
	var got, want []string
	for line := range bytes.Lines(c.shipped()) {
		var e struct{ AuditID string }
		if err := json.Unmarshal(line, &e); err != nil {
			c.Damaged("line %q: %v", line, err)
		}
		got = append(got, e.AuditID)
	}
	for _, record := range c.log {
		var e struct{ AuditID, Verb string }
		if json.Unmarshal([]byte(record), &e) == nil && e.Verb == "get" {
			want = append(want, e.AuditID)
		}
	}
	if !slices.Equal(got, want) {
		c.Damaged("shipped %v, want %v", got, want)
	}
}

// shipped is what all files hold, oldest first.
func (c *crashes) shipped() (all []byte) {
	entries, err := c.Admin().ReadDir(filepath.Dir(shipped))
	if err != nil {
		c.Damaged("list: %v", err)
	}
	for _, entry := range entries { // "-" sorts before "."
		if strings.HasPrefix(entry.Name(), "events") {
			content, err := disktest.Read(c.Admin(), filepath.Join(filepath.Dir(shipped), entry.Name()))
			if err != nil {
				c.Damaged("read: %v", err)
			}
			all = append(all, content...)
		}
	}
	return all
}

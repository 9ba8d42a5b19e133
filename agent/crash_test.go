package agent_test

import (
	"encoding/json"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk/disktest"
	"github.com/auditship/auditship/agent/pipeline"
	"github.com/auditship/auditship/agent/pipeline/pipelinetest"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/file"
)

const (
	stateDir = "/var/lib/state/pipelines/in--out"
	shipped  = "/var/log/out/events.jsonl"
)

var quiet = slog.New(slog.DiscardHandler)

// A whole pipeline, stopped in the middle of any call to its disk, killed or without power, again and again: in the end each
// record is exactly once where it belongs, in order, and at every commit the books say just what was done.
func TestCrashAnywhereInThePipeline(t *testing.T) {
	log := memoryLog(pipelinetest.Records(50))
	disktest.Each(t, 4, func(trial *disktest.Trial) {
		synctest.Test(t, func(t *testing.T) {
			trial.TB = t
			trial.Restart(disktest.Kill) // in here, so that its channel belongs to this bubble
			trial.Pace()
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
	ctx, end := pipelinetest.While(c, c.Stopped())
	defer end()
	p, err := c.pipeline()
	if err == nil {
		err = p.Run(ctx)
	}
	if err != nil && last {
		c.Damaged("run: %v", err)
	}
}

func (c *crashes) pipeline() (*pipeline.Pipeline, error) {
	on := c.Mount()
	out, err := file.New(file.Config{Path: shipped, MaxSize: 6000}, outputs.Env{Log: quiet, Disk: on, MaxBytes: 3000})
	if err != nil {
		c.Fatal(err)
	}
	p := pipelinetest.New(c, on, stateDir, pipeline.Config{Once: true}, pipeline.Parts{Input: c.log, Output: out})
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
	got := saved.Counts
	want, _, _ := pipelinetest.Fates(c.log[:at])
	got.Duplicate = 0
	if got != want {
		c.Damaged("at record %d the books are %+v, want %+v", at, got, want)
	}
}

func (c *crashes) judgeLetters() {
	var got []string
	if err := deadletter.Read(c.Admin(), pipelinetest.Letters(stateDir), func(l deadletter.Letter) bool { got = append(got, string(l.Record)); return true }); err != nil {
		c.Damaged("dead letters: %v", err)
	}
	if _, _, want := pipelinetest.Fates(c.log); !slices.Equal(got, want) {
		c.Damaged("dead letters %q, want %q", got, want)
	}
}

// judgeFile wants the events that are kept, each once, in order, in whole lines.
func (c *crashes) judgeFile() {
	got, err := pipelinetest.Shipped(c.Admin(), shipped)
	if err != nil {
		c.Damaged("shipped: %v", err)
	}
	if _, want, _ := pipelinetest.Fates(c.log); !slices.Equal(got, want) {
		c.Damaged("shipped %v, want %v", got, want)
	}
}

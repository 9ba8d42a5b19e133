package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/disk/disktest"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/pipeline"
	"github.com/auditship/auditship/agent/pipeline/pipelinetest"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/file"
)

const (
	stateDir = "/var/lib/state/pipelines/in--out"
	letters  = stateDir + "/dead-letters.jsonl"
	shipped  = "/var/log/out/events.jsonl"
)

var (
	quiet  = slog.New(slog.DiscardHandler)
	plenty = deadletter.Limits{MaxBytes: 1 << 20}
)

// A replay, stopped in the middle of any call to its disk, killed or without power, again and again, with an agent at work
// in between that sets more aside: in the end each letter is delivered exactly once, filtered, or a letter, and the books say so.
func TestCrashAnywhereInAReplay(t *testing.T) {
	disktest.Each(t, 2, func(trial *disktest.Trial) {
		synctest.Test(t, func(t *testing.T) {
			trial.TB = t
			trial.Restart(disktest.Kill) // in here, so that its channel belongs to this bubble
			trial.Pace()
			c := &crashes{Trial: trial}
			c.setAside("get", "watch", "delete", "get", "none", "get", "watch", "get", "delete", "get")
			for last := false; !last; {
				last = c.Begin()
				if err := c.live(); err != nil && last {
					c.Damaged("replay: %v", err)
				}
				c.End()
				if !last && c.Rand.IntN(3) == 0 {
					c.setAside("get", "watch")
				}
			}
			if err := c.live(); err != nil { // what was set aside meanwhile
				c.Damaged("replay: %v", err)
			}
			c.judge()
		})
	})
}

type crashes struct {
	*disktest.Trial
	verbs []string // of the letters ever set aside
}

func record(n int, verb string) []byte { return []byte(pipelinetest.Record(n, verb)) }

// setAside is what the agent does: letters first, then the books.
func (c *crashes) setAside(verbs ...string) {
	var set []deadletter.Letter
	for _, verb := range verbs {
		set = append(set, deadletter.Letter{Time: time.Unix(1, 0), Reason: "mapping", Record: record(len(c.verbs), verb)})
		c.verbs = append(c.verbs, verb)
	}
	f, store := deadletter.NewFile(c.Admin(), letters, plenty), checkpoint.NewStore(c.Admin(), stateDir, quiet)
	last, err := store.Load()
	if last == nil {
		last = &checkpoint.Checkpoint{Cursor: json.RawMessage("7"), State: []byte("state"), Pending: 3}
	}
	last.Counts.Add(ledger.Counts{Read: uint64(len(verbs)), DeadLettered: uint64(len(verbs))})
	if err := errors.Join(err, f.Append(set), f.Close(), store.Save(last), store.Close()); err != nil {
		c.Fatal(err)
	}
}

// live replays what there is until it is done or the world has ended.
func (c *crashes) live() error {
	ctx, end := pipelinetest.While(c, c.Stopped())
	defer end()
	on := c.Mount()
	r := New(on, letters, 0, quiet)
	unfinished, err := r.Unfinished()
	if err == nil && !unfinished {
		err = r.Take(isEvent)
	}
	if err == nil {
		err = r.Begin(checkpoint.NewStore(on, stateDir, quiet))
	}
	if err == nil {
		err = c.send(ctx, on, r)
	}
	if err == nil {
		_, err = r.Settle(checkpoint.NewStore(on, stateDir, quiet))
	}
	return err
}

func isEvent(l *deadletter.Letter) bool { return l.Record[0] == '{' }

func (c *crashes) send(ctx context.Context, on disk.FS, r *Replay) error {
	out, err := file.New(file.Config{Path: shipped}, outputs.Env{Log: quiet, Disk: on, MaxBytes: 3000})
	if err != nil {
		c.Fatal(err)
	}
	p := pipelinetest.New(c, on, stateDir, pipeline.Config{Once: true, MaxEvents: 2}, pipeline.Parts{Input: r.Input(), Output: choosy{out}, Store: r.Store()})
	if err := p.Open(); err != nil {
		return err
	}
	return p.Run(ctx)
}

// choosy is an output that refuses what deletes.
type choosy struct{ outputs.Output }

func (o choosy) Write(ctx context.Context, events []event.Event) (outputs.Ack, error) {
	var partial outputs.PartialError
	var taken []event.Event
	for i, e := range events {
		if bytes.Contains(e.Raw, []byte(`"delete"`)) {
			partial.Failures = append(partial.Failures, outputs.Failure{Index: i, Err: outputs.Permanent("still_refused", nil)})
			continue
		}
		taken = append(taken, e)
	}
	ack, err := o.Output.Write(ctx, taken)
	if err == nil && len(partial.Failures) > 0 {
		err = &partial
	}
	return ack, err
}

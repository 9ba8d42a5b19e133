// Package status is what an operator is told about the pipelines: by the running agent through its admin socket, or, when it
// does not run, from its state directory and the log.
package status

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/completeness"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/replay"
	"github.com/auditship/auditship/inputs"
)

// Pipeline is the state of one pipeline. What is only known while the agent runs is nil or empty otherwise.
type Pipeline struct {
	Input   string `json:"input"`
	Output  string `json:"output"`
	Running bool   `json:"running"`
	ledger.Counts
	InFlight         uint64       `json:"in_flight"`
	Committed        time.Time    `json:"committed,omitzero"`
	Blocked          string       `json:"blocked,omitempty"`   // why delivery fails
	LagBytes         *int64       `json:"lag_bytes,omitempty"` // nil: unknown
	LagSeconds       *float64     `json:"lag_seconds,omitempty"`
	SecondsUntilLoss *float64     `json:"seconds_until_loss,omitempty"` // nil: not in sight
	RecentGaps       []ledger.Gap `json:"recent_gaps,omitempty"`        // the latest of Gaps

	Letters   deadletter.Size `json:"dead_letters"`        // that are there now
	Replaying deadletter.Size `json:"dead_letters_replay"` // of an unfinished replay, besides

	// Loads tell when files beside the configuration were taken in; the same for all pipelines.
	Loads []Load `json:"loads,omitempty"`

	// Server compares the input with its API server; nil: not configured, or not running.
	Server *completeness.Report `json:"server,omitempty"`
}

// Load is when the files that a key of the configuration names were taken in.
type Load struct {
	Target string    `json:"target"` // the key
	Files  []string  `json:"files"`
	Loaded time.Time `json:"loaded"`
	Failed string    `json:"failed,omitempty"` // why what they hold by now is not in force
}

// Of is the state of a running pipeline.
func Of(input, output string, s ledger.Snapshot, lag inputs.Lag) Pipeline {
	bytes, seconds := lag.Bytes+s.BytesInFlight, s.LagSeconds(time.Now(), lag)
	p := Pipeline{
		Input: input, Output: output, Running: true, Counts: s.Counts, InFlight: s.InFlight(), Committed: s.Committed, Blocked: s.Blocked,
		LagBytes: &bytes, LagSeconds: &seconds, RecentGaps: s.RecentGaps,
	}
	if !math.IsInf(lag.SecondsUntilLoss, 0) {
		p.SecondsUntilLoss = &lag.SecondsUntilLoss
	}
	return p
}

// FromCheckpoint is the state of a pipeline that does not run.
func FromCheckpoint(c *checkpoint.Checkpoint) Pipeline {
	return Pipeline{Input: c.Input, Output: c.Output, Counts: c.Counts, InFlight: c.Counts.InFlight(), Committed: c.Time, RecentGaps: c.Gaps}
}

// Measure looks how many dead letters there are.
func (p *Pipeline) Measure(on disk.FS, stateDir, name string) (err error) {
	file := DeadLetters(stateDir, name)
	if p.Letters, err = deadletter.Measure(on, file); err == nil {
		p.Replaying, err = deadletter.Measure(on, replay.Letters(filepath.Dir(file)))
	}
	return err
}

// Write writes states as JSON.
func Write(w io.Writer, all []Pipeline) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(all)
}

// Read reads what Write wrote.
func Read(r io.Reader) (all []Pipeline, err error) {
	if err := json.NewDecoder(io.LimitReader(r, 16<<20)).Decode(&all); err != nil {
		return nil, fmt.Errorf("read status: %w", err)
	}
	return all, nil
}

package status

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/disk"
)

// PipelineDir is where the state of a pipeline is; of an empty name, the directory of them all.
func PipelineDir(stateDir, name string) string { return filepath.Join(stateDir, "pipelines", name) }

// DeadLetters is the file of a pipeline's dead letters.
func DeadLetters(stateDir, name string) string {
	return filepath.Join(PipelineDir(stateDir, name), "dead-letters.jsonl")
}

// Stored reads the checkpoints in a state directory, by the names of their directories. With an error it returns those that
// can be read.
func Stored(from disk.FS, stateDir string, log *slog.Logger) (map[string]*checkpoint.Checkpoint, error) {
	entries, err := from.ReadDir(PipelineDir(stateDir, ""))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read state_dir: %w", err)
	}
	all := map[string]*checkpoint.Checkpoint{}
	var damaged []error
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		store := checkpoint.NewStore(from, PipelineDir(stateDir, entry.Name()), log)
		c, err := store.Load()
		if err != nil {
			damaged = append(damaged, fmt.Errorf("pipeline %s: %w", entry.Name(), err))
		}
		if c != nil {
			all[entry.Name()] = c
		}
	}
	return all, errors.Join(damaged...)
}

// CompletenessDir is where the state of the comparison of an input with its API server is.
func CompletenessDir(stateDir, input string) string {
	return filepath.Join(stateDir, "completeness", input)
}

package status

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/disk"
)

// DirName is the name of a pipeline's directory.
func DirName(input, output string) string { return input + "--" + output }

// PipelineDir is where the state of a pipeline is; of an empty name, the directory of them all.
func PipelineDir(stateDir, name string) string { return filepath.Join(stateDir, "pipelines", name) }

// DeadLetters is the file of a pipeline's dead letters.
func DeadLetters(stateDir, name string) string {
	return filepath.Join(PipelineDir(stateDir, name), "dead-letters.jsonl")
}

// Place is where the state of one pipeline is.
type Place struct {
	Dir        string                 // its name, below PipelineDir
	Name       string                 // INPUT/OUTPUT, by the checkpoint or, where there is none, by the directory
	Checkpoint *checkpoint.Checkpoint // nil: none, or it can't be read
	Damage     error                  // why it can't
}

// Places are the pipelines that have state, in the order of their directories.
func Places(from disk.FS, stateDir string, log *slog.Logger) (all []Place, err error) {
	entries, err := from.ReadDir(PipelineDir(stateDir, ""))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read state_dir: %w", err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			all = append(all, place(from, stateDir, entry.Name(), log))
		}
	}
	return all, nil
}

func place(from disk.FS, stateDir, name string, log *slog.Logger) Place {
	p := Place{Dir: name, Name: strings.Replace(name, "--", "/", 1)}
	if p.Checkpoint, p.Damage = checkpoint.NewStore(from, PipelineDir(stateDir, name), log).Load(); p.Checkpoint != nil {
		p.Name = p.Checkpoint.Input + "/" + p.Checkpoint.Output
	}
	if p.Damage != nil {
		p.Damage = fmt.Errorf("pipeline %s: %w", name, p.Damage)
	}
	return p
}

// Stored reads the checkpoints in a state directory, by the names of their directories. With an error it returns those that
// can be read.
func Stored(from disk.FS, stateDir string, log *slog.Logger) (map[string]*checkpoint.Checkpoint, error) {
	places, err := Places(from, stateDir, log)
	all, damaged := map[string]*checkpoint.Checkpoint{}, []error{err}
	for _, p := range places {
		damaged = append(damaged, p.Damage)
		if p.Checkpoint != nil {
			all[p.Dir] = p.Checkpoint
		}
	}
	return all, errors.Join(damaged...)
}

// CompletenessDir is where the state of the comparison of an input with its API server is.
func CompletenessDir(stateDir, input string) string {
	return filepath.Join(stateDir, "completeness", input)
}

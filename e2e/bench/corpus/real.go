package corpus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/auditship/auditship/e2e/auditlog"
)

// sample is the recorded log that the agent carries for its demo, from e2e upwards or downwards.
const sample = "agent/demo/sample.jsonl"

// Recording is the directory of a recorded log: the one that AUDITSHIP_E2E_AUDIT names, or else a copy in dir of the few
// hundred real lines that are in the repository.
func Recording(dir string) (string, error) {
	if recorded := auditlog.Recorded(); recorded != "" {
		return recorded, nil
	}
	content, err := readUpwards(sample)
	if err != nil {
		return "", fmt.Errorf("find real lines: %w", err)
	}
	return dir, os.WriteFile(filepath.Join(dir, "audit-sample.log"), content, 0o600)
}

// readUpwards reads a file of the repository, from the working directory or one above it.
func readUpwards(path string) ([]byte, error) {
	dir, err := os.Getwd()
	for err == nil {
		content, failed := os.ReadFile(filepath.Join(dir, path))
		if failed == nil || dir == filepath.Dir(dir) {
			return content, failed
		}
		dir = filepath.Dir(dir)
	}
	return nil, errors.Join(err)
}

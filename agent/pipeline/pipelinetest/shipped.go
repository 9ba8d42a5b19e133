package pipelinetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/auditship/auditship/agent/disk"
)

// Shipped are the audit IDs in the files of a file output, oldest first, up to the first line of each that is torn. That is an
// error where there is one: after a crash it may be, in the end it may not.
func Shipped(on disk.FS, path string) (ids []string, torn error) {
	dir, name := filepath.Split(path)
	entries, err := on.ReadDir(filepath.Clean(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, entry := range entries { // "-" of a backup sorts before "."
		if !strings.HasPrefix(entry.Name(), strings.TrimSuffix(name, filepath.Ext(name))) {
			continue
		}
		here, err := auditIDs(on, filepath.Join(dir, entry.Name()))
		ids, torn = append(ids, here...), errors.Join(torn, err)
	}
	return ids, torn
}

func auditIDs(on disk.FS, path string) (ids []string, err error) {
	file, err := on.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(content) {
		var e struct{ AuditID string }
		if err := json.Unmarshal(line, &e); err != nil || line[len(line)-1] != '\n' {
			return ids, fmt.Errorf("%s: torn line %q", path, line)
		}
		ids = append(ids, e.AuditID)
	}
	return ids, nil
}

package containerlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/auditship/auditship/agent/disk"
)

// positions are how far each log is in the spool. They may be behind: what is read again is not stored again.
type positions struct {
	fs   disk.FS
	path string

	mu sync.Mutex
	at map[string]json.RawMessage // cursors of inputs/file by path
}

const positionsFile = "positions.json"

func openPositions(from disk.FS, dir string) (*positions, error) {
	p := &positions{fs: from, path: filepath.Join(dir, positionsFile), at: map[string]json.RawMessage{}}
	f, err := from.OpenFile(p.path, os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("open positions: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err == nil {
		err = json.Unmarshal(text, &p.at)
	}
	if err != nil {
		clear(p.at)
		return p, fmt.Errorf("read positions: %w", err)
	}
	return p, nil
}

func (p *positions) empty() bool { return len(p.paths()) == 0 }

func (p *positions) paths() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	paths := make([]string, 0, len(p.at))
	for path := range p.at {
		paths = append(paths, path)
	}
	return paths
}

func (p *positions) of(path string) json.RawMessage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at[path]
}

// drop forgets a log.
func (p *positions) drop(path string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.at, path)
	return p.write()
}

// save makes a position durable, and all others.
func (p *positions) save(path string, cursor json.Marshaler) error {
	text, err := cursor.MarshalJSON()
	if err != nil {
		return fmt.Errorf("encode position: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at[path] = text
	return p.write()
}

func (p *positions) write() error {
	text, err := json.Marshal(p.at)
	if err != nil {
		return fmt.Errorf("encode positions: %w", err)
	}
	if err := p.replace(text); err != nil {
		return fmt.Errorf("write positions: %w", err)
	}
	return nil
}

// replace writes the file as a whole.
func (p *positions) replace(text []byte) error {
	temporary := p.path + ".tmp"
	f, err := p.fs.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := p.fs.Rename(temporary, p.path); err != nil {
		return err
	}
	return p.fs.SyncDir(filepath.Dir(p.path))
}

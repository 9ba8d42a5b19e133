package containerlog

import (
	"io"
	"os"
	"sync"

	"github.com/auditship/auditship/agent/disk"
)

// Drop is the Config.Rest that keeps no line which is no event.
const Drop = "drop"

// rest is where lines go that are no events. They are no audit trail: what can't be written is dropped.
type rest struct {
	fs   disk.FS
	path string

	mu   sync.Mutex
	to   io.Writer
	file disk.File
}

func newRest(where string, fs disk.FS) *rest {
	r := &rest{fs: fs}
	switch where {
	case "", Drop:
	case "-":
		r.to = os.Stdout
	default:
		r.path = where
	}
	return r
}

func (r *rest) write(line []byte) {
	if r.path == "" && r.to == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.to == nil {
		f, err := r.fs.OpenFile(r.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return
		}
		r.file, r.to = f, f
	}
	_, _ = r.to.Write(append(line[:len(line):len(line)], '\n'))
}

func (r *rest) close() {
	if r.file != nil {
		r.file.Close()
		r.file, r.to = nil, nil
	}
}

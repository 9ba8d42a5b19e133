package replay

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/inputs"
)

// cursor is a position in the letters of a replay.
type cursor struct {
	Replay uint64 `json:"replay"` // its number; see checkpoint.Checkpoint.Replayed
	Offset int64  `json:"offset"`
}

// MarshalJSON gives what Open of the input takes.
func (c cursor) MarshalJSON() ([]byte, error) {
	type plain cursor
	return json.Marshal(plain(c))
}

func parseCursor(text json.RawMessage) (c cursor, err error) {
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("parse cursor of a replay: %w", err)
	}
	return c, nil
}

// input reads the letters of a replay as a log of their records. They do not change, so it needs no care in the background.
type input struct {
	on   disk.FS
	path string
}

// Open opens them at a cursor, which a replay always has.
func (in input) Open(o inputs.Options) (inputs.Reader, error) {
	at, err := parseCursor(o.Cursor)
	if err != nil {
		return nil, err
	}
	file, err := in.on.OpenFile(in.path, os.O_RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("open letters to replay: %w", err)
	}
	r := &reader{file: file, at: at}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("open letters to replay: %w", err)
	}
	r.left.Store(info.Size() - at.Offset)
	return r, nil
}

// Forget is part of inputs.Input.
func (input) Forget(string) {}

// Run has nothing to do.
func (in input) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

type reader struct {
	file  disk.File
	lines *bufio.Reader // behind at; nil: to be made
	at    cursor
	left  atomic.Int64
}

// Next returns the record of the next letter. One that is damaged is a gap.
func (r *reader) Next(context.Context) (inputs.Record, error) {
	if r.lines == nil {
		r.lines = bufio.NewReaderSize(io.NewSectionReader(r.file, r.at.Offset, math.MaxInt64-r.at.Offset), 1<<16)
	}
	line, err := r.lines.ReadBytes('\n')
	if err == io.EOF {
		return inputs.Record{}, io.EOF
	}
	if err != nil {
		r.lines = nil // the next call tries again from here
		return inputs.Record{}, fmt.Errorf("read letters to replay: %w", err)
	}
	from := r.at.Offset
	r.at.Offset += int64(len(line))
	r.left.Add(-int64(len(line)))
	letter, err := deadletter.Parse(line)
	if err != nil {
		return inputs.Record{}, &inputs.GapError{File: filepath.Join(dirName, lettersName), From: from, To: r.at.Offset, Reason: "damaged dead letter"}
	}
	return inputs.Record{Data: letter.Record}, nil
}

func (r *reader) Cursor() inputs.Cursor { return r.at }
func (r *reader) Commit(inputs.Cursor)  {}
func (r *reader) Close() error          { return r.file.Close() }

func (r *reader) Lag() inputs.Lag {
	return inputs.Lag{Bytes: r.left.Load(), SecondsUntilLoss: math.Inf(1)}
}

package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/auditship/auditship/agent/event"
)

// state is where the acknowledged lines end.
type state struct {
	Path  string `json:"path"`
	After string `json:"after"` // stamp of the newest backup: the active file is the one after it
	Size  int64  `json:"size"`  // bytes of the active file
	Last  string `json:"last"`  // ID of the event that ends there, by which the file is known again; empty: none of ours
}

// part is one of the files that the output has made, one after another: a backup or the active file.
type part struct {
	after string // stamp of the backup before it
	open  opener
}

// opener reads the content of a file, uncompressed, from an offset on.
type opener func(offset int64) (io.ReadCloser, error)

// endsIn tells whether the acknowledged lines end in the file, at the place where the state says: it is the same file, not
// one that somebody has put in its place.
func (s *state) endsIn(open opener) (bool, error) {
	start := max(0, s.Size-window)
	tail := make([]byte, s.Size-start)
	r, err := open(start)
	if err == nil {
		_, err = io.ReadFull(r, tail)
		r.Close()
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return s.Size == 0, nil // it is shorter
	case err != nil:
		return false, err
	}
	return s.endsWith(tail), nil
}

func (s *state) endsWith(content []byte) bool {
	line, whole := bytes.CutSuffix(content, []byte("\n"))
	if !whole || s.Last == "" {
		return whole || len(content) == 0
	}
	id, _ := idOf(line[bytes.LastIndexByte(line, '\n')+1:])
	return id.String() == s.Last
}

// readRepeats reads all lines behind the state, and tells where those in the active file begin and end. If that was rotated
// since, they begin in a backup that the state does not know yet, and go on in those after it.
func (o *Output) readRepeats() (lines []line, from, end int64, err error) {
	parts, err := o.backups.since(o.state.After)
	if err != nil {
		return nil, 0, 0, err
	}
	parts = append(parts, part{o.backups.last, activeOpener(o.active)})
	first, from, err := o.findEnd(parts)
	if err != nil {
		return nil, 0, 0, err
	}
	for i, p := range parts[first:] {
		if i > 0 {
			from = 0
		}
		end, err = p.scan(from, func(id event.ID, end int64) { lines = append(lines, line{id, p.after, end}) })
		if err != nil {
			return nil, 0, 0, err
		}
	}
	return lines, from, end, nil
}

// findEnd finds the part in which the acknowledged lines end, and where. If it is gone, all that came after it counts.
func (o *Output) findEnd(parts []part) (first int, from int64, err error) {
	for i, p := range parts {
		there, err := o.state.endsIn(p.open)
		if err != nil {
			return 0, 0, err
		}
		if there {
			return i, o.state.Size, nil
		}
	}
	o.env.Log.Warn("the file was removed or replaced while the agent was down; events that were in it and not committed yet come again", "path", o.cfg.Path)
	return 0, 0, nil
}

// scan reads the lines from an offset on and returns where the last whole one ends.
func (p part) scan(from int64, yield func(id event.ID, end int64)) (end int64, err error) {
	r, err := p.open(from)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	whole, err := scan(r, func(id event.ID, end int64) { yield(id, from+end) })
	return from + whole, err
}

func activeOpener(f io.ReaderAt) opener {
	return func(offset int64) (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(f, offset, 1<<62-offset)), nil
	}
}

// ack is the state to be committed. While repeats may still come, it is where those that came end: after another crash the
// rest must be found again.
func (o *Output) ack() ([]byte, error) {
	s := o.state
	if last, pending := o.known.pending(); pending {
		s = o.resumed
		if last != nil {
			s.After, s.Size, s.Last = last.after, last.end, last.id.String()
		}
	}
	return json.Marshal(s)
}

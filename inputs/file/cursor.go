package file

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/auditship/auditship/inputs"
)

// cursorVersion is raised when an older agent could not read what a newer one writes.
const cursorVersion = 1

// fileState is what a checkpoint says about one file.
type fileState struct {
	ID        identity  `json:"id"`                  // SHA-256 of the first line; all zero: the file was empty
	Length    int64     `json:"length"`              // of what the identity was made from
	Whole     bool      `json:"whole"`               // it was a complete line
	Offset    int64     `json:"offset"`              // uncompressed; everything before it is done
	Size      int64     `json:"size"`                // uncompressed, as last seen
	Done      bool      `json:"done"`                // read to its end after the writer had left it, or given up and told as a gap
	Live      bool      `json:"live"`                // it was the log itself when last seen
	Truncated bool      `json:"truncated,omitempty"` // its inode has another content now, and that is not told yet
	Name      string    `json:"name"`
	Inode     uint64    `json:"inode"` // Inode, Device and Birth are hints
	Device    uint64    `json:"device"`
	Birth     uint64    `json:"birth,omitempty"`
	First     time.Time `json:"first,omitzero"` // time of the first line
	Last      time.Time `json:"last,omitzero"`  // time of the last change
}

// checkpoint is the JSON form of a cursor: the files in the order in which they are read.
type checkpoint struct {
	Version int          `json:"version"`
	Start   inputs.Start `json:"start,omitempty"` // the log was not looked at yet: where to begin
	Files   []fileState  `json:"files"`
}

func (id identity) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, id[:]), nil }

func (id *identity) UnmarshalText(text []byte) (err error) {
	*id, err = parseIdentity(string(text))
	return err
}

func parseIdentity(text string) (id identity, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(id) {
		return id, fmt.Errorf("parse identity %q: want %d hexadecimal digits", text, 2*len(id))
	}
	return identity(b), nil
}

// cursor is a position: all files as they stood when the reader last turned to one, and how far it came in that one.
type cursor struct {
	files  []fileState // never changed
	at     int         // index of the file being read; -1: none
	offset int64       // in it
	size   int64       // of it
	start  inputs.Start
}

// MarshalJSON encodes the checkpoint.
func (c *cursor) MarshalJSON() ([]byte, error) {
	cp := checkpoint{Version: cursorVersion, Start: c.start, Files: append(make([]fileState, 0, len(c.files)), c.files...)}
	if c.at >= 0 {
		f := &cp.Files[c.at]
		f.Offset, f.Size = c.offset, max(c.size, c.offset)
	}
	return json.Marshal(cp)
}

var _ inputs.Cursor = (*cursor)(nil)

// parseCursor reads what MarshalJSON wrote.
func parseCursor(data json.RawMessage) (*cursor, error) {
	var cp checkpoint
	if err := json.Unmarshal(data, &cp); err != nil {
		return nil, fmt.Errorf("parse checkpoint: %w", err)
	}
	if cp.Version != cursorVersion {
		return nil, fmt.Errorf("parse checkpoint: version %d, want %d", cp.Version, cursorVersion)
	}
	return &cursor{files: cp.Files, at: -1, start: cp.Start}, nil
}

// covers tells whether the reader is through with a file: only when it saw that the writer had left it, so that its
// deletion leaves no doubt.
func (c *cursor) covers(f found) bool {
	i := c.index(f)
	return i >= 0 && c.files[i].Done && (c.files[i].Offset >= f.size || f.kind == lost)
}

// past tells whether all that the file holds at present lies before the cursor.
func (c *cursor) past(f found) bool {
	if c == nil || f.size == 0 {
		return f.size == 0
	}
	i := c.index(f)
	return i >= 0 && c.offsetIn(i) >= f.size || c.covers(f)
}

// index is that of the file's state; -1: the cursor does not know the file.
func (c *cursor) index(f found) int {
	for i := range c.files {
		if c.files[i].is(f) {
			return i
		}
	}
	return -1
}

func (c *cursor) offsetIn(i int) int64 {
	if i == c.at {
		return c.offset
	}
	return c.files[i].Offset
}

func (c *cursor) sizeOf(i int) int64 {
	if i == c.at {
		return c.size
	}
	return c.files[i].Size
}

// is tells whether it is the state of the file.
func (s *fileState) is(f found) bool {
	if s.Whole || f.head.whole || s.Length > 0 && s.ID == f.head.id {
		return s.ID == f.head.id
	}
	// Where a number is all there is, a line that did not grow must be the same.
	return s.sameInode(f) && (s.Birth != 0 || s.Length < f.head.length || f.head.length == 0 && s.Length == 0)
}

// sameInode tells whether it was the same inode, and not merely one of the same number where that can be told.
func (s *fileState) sameInode(f found) bool {
	if f.kind == lost || s.Inode != f.info.ino {
		return false
	}
	if s.Birth != 0 || f.birth != 0 {
		return s.Birth == f.birth
	}
	return s.Device == f.info.dev
}

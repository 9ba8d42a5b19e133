package file

import (
	"io"
	"slices"

	"github.com/auditship/auditship/inputs"
)

// entry is one file of the log as a reader knows it, under whatever names.
type entry struct {
	fileState
	places  []found // where it is, by the last listing
	handle  handle  // open while it is read, or so that its deletion does no harm
	zipped  bool    // the handle's file is compressed
	opened  inode   // the handle's: no other file gets its number as long as it is open
	missing int     // listings in a row in which it was nowhere
	head    head    // to see that it is still the same
	looked  int64   // up to here there is only an incomplete line; -1: not looked
	target  int64   // where inputs.Options.Once is content
	corrupt bool    // its compressed form can't be read to the end
	noted   bool    // the last listing held a note of the guard about it
	sealed  bool    // it was seen under a name that its writer gave it when it was through with it
	since   int     // the listing that it was first seen in, of this catalogue
	own     bool    // it was seen under a name of its own, and not only as the guard's
	given   string  // why the guard gave it up
	endless bool    // and did not know where it ends
	left    bool    // or only that it could not keep it
	most    int64   // its size before all that is left ended earlier, or when the guard gave it up
}

func newEntry(f found) *entry {
	return &entry{looked: -1, fileState: fileState{Live: f.kind == live, Inode: f.info.ino, Device: f.info.dev, Birth: f.birth, Last: f.last}}
}

// isLog tells whether the entry is the log itself now: Live says of a file without a name what it was.
func (e *entry) isLog() bool { return e.Live && len(e.places) > 0 }

// hasLogsName tells whether the last listing showed the entry under the log's own name.
func (e *entry) hasLogsName() bool {
	return slices.ContainsFunc(e.places, func(p found) bool { return p.kind == live })
}

// see takes over what a listing tells of the file.
func (e *entry) see(f found) {
	if f.kind == lost {
		e.lose(f)
		return
	}
	e.places = append(e.places, f)
	e.own = e.own || f.named()
	e.sealed = e.sealed || f.gz || f.kind == lumberjack
	e.learn(f.head)
}

// learn takes over what a file begins with. A listing may be older than what is known.
func (e *entry) learn(h head) {
	if e.Whole && !h.whole || h.length < e.Length {
		return
	}
	e.ID, e.Length, e.Whole, e.head = h.id, h.length, h.whole, h
	if !h.first.IsZero() {
		e.First = h.first
	}
}

// identify reads the head of a file that had no complete line yet through its handle: its names may be gone by the time
// it has one, and a cursor must not hold an offset without an identity.
func (e *entry) identify(scratch []byte) error {
	if e.Whole || e.handle == nil || e.zipped || e.Truncated {
		return nil
	}
	return e.grow(e.handle, 0, scratch)
}

// grow takes over a longer head from what a file holds behind so many NULs.
func (e *entry) grow(src io.ReaderAt, nuls int64, scratch []byte) error {
	h, err := readHead(&sequential{src, 0}, scratch)
	if err != nil || h.length <= e.Length {
		return err
	}
	if e.Truncated = e.Length > 0 && !begins(src, h.start, e.Length, e.ID); !e.Truncated {
		h.start, h.end = h.start+nuls, h.end+nuls
		e.learn(h)
	}
	return nil
}

// lose takes over a note of the guard.
func (e *entry) lose(f found) {
	if e.Length == 0 {
		e.ID, e.Length, e.Whole = f.head.id, f.head.length, f.head.whole
		e.Name, e.First, e.Last = f.note.Name, f.head.first, f.last
	}
	e.left = f.note.Left && (e.left || !e.noted)
	e.noted, e.Size, e.most, e.given, e.endless = true, max(e.Size, f.size), max(e.most, f.size), f.note.Reason, f.note.Open || f.size < 0
}

// copy tells whether a file that nobody knew is one of logrotate's copies of the log, which is there under its own name: so
// that was truncated, and what came behind the copy is lost.
func (e *entry) copy(log inode) bool {
	return len(e.places) > 0 && e.Whole && !slices.ContainsFunc(e.places, func(p found) bool {
		return p.kind != logrotate && p.kind != guarded || p.info.inode == log
	}) && slices.ContainsFunc(e.places, func(p found) bool { return p.kind == logrotate })
}

// copyOnly tells whether all that is there of a file is a copy of its beginning: one that logrotate made of the log, or a plain
// one that ends before what was read. What came behind it, before the log was truncated, is lost. A compressed one may be the
// renamed log itself, and that it was not, the truncated file shows; but where somebody else rotates, too, that may be renamed
// and deleted by now. Device numbers change at reboot.
func (e *entry) copyOnly(twoRotate bool) bool {
	return e.handle == nil && e.Inode != 0 && !e.Done && !slices.ContainsFunc(e.places, func(p found) bool {
		same := p.info.ino == e.Inode && (p.birth == e.Birth || e.Birth == 0 || p.birth == 0)
		ofLog := e.Live && p.kind == logrotate && (!p.gz || twoRotate)
		return same || !ofLog && (p.gz || p.size >= e.Offset)
	})
}

// readable tells whether there is a way to the content.
func (e *entry) readable() bool {
	return e.handle != nil || len(e.places) > 0 && !(e.corrupt && e.best().gz)
}

// unread tells whether there are bytes to look at. The size of a compressed file that is not done with is that of its last
// member, perhaps.
func (e *entry) unread() bool {
	return e.readable() && (e.Size > e.Offset && e.Size != e.looked || e.looked < 0 && !e.Done && e.Offset > 0 && e.compressed())
}

// compressed tells whether only a gzip file is left to read.
func (e *entry) compressed() bool {
	if e.handle != nil {
		return e.zipped
	}
	return len(e.places) > 0 && e.best().gz
}

// source is how the handle is read.
func (e *entry) source() (io.ReaderAt, error) {
	if e.zipped {
		return newUnzipper(e.handle)
	}
	return e.handle, nil
}

func (e *entry) close() error {
	if e.handle == nil {
		return nil
	}
	h := e.handle
	e.handle = nil
	return h.Close()
}

// gap is the loss of what is behind the offset, up to an offset or, with -1, to an unknown one.
func (e *entry) gap(to int64, reason string) *inputs.GapError {
	return &inputs.GapError{File: e.Name, From: e.Offset, To: to, First: e.First, Last: e.Last, Reason: reason}
}

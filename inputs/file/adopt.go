package file

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"time"

	"github.com/auditship/auditship/inputs"
)

// Foreign is how far another agent came in a file of the log: all before the offset is its own doing.
type Foreign struct {
	Path    string    // by which it knew the file
	Inode   uint64    // 0: it noted none
	Offset  int64     // behind the last line that it read
	Written time.Time // when it noted that, or later; zero: unknown
}

// Adoption tells what became of foreign positions.
type Adoption struct {
	File   string   // base name of the newest file that one of them is in; empty: none was found
	Offset int64    // in it
	Done   int      // files that are read to their end, being older
	Doubts []string // what could not be told for sure, and which way was chosen: that which repeats and does not lose
}

// Adopt makes a cursor of the positions that another agent left. The file that a position is in is found under whatever name it has now, rotated and compressed:
// by its inode where there is one, and always by what is in it. There must be a line end right before the offset, and what stands before it must
// have happened before the position was noted. Files before it in the order of the log are done, those behind it unread.
//
// Positions of other files than the log's are passed over. The log is only read. An error is one of reading, or that there is no position of the log.
func (in *Input) Adopt(positions []Foreign) (inputs.Cursor, Adoption, error) {
	var a Adoption
	if !Owns(in.cfg.Path, positions) {
		return nil, a, fmt.Errorf("adopt positions: none is of %s or a backup of it", in.cfg.Path)
	}
	opened, err := in.Open(inputs.Options{Pipeline: "adopt", Start: inputs.Beginning})
	if err != nil {
		return nil, a, err
	}
	defer in.Forget("adopt")
	r := opened.(*reader)
	defer r.Close()
	if r.trouble != nil {
		return nil, a, r.trouble
	}
	d := adopter{reader: r, at: map[int]int64{}}
	for _, f := range positions {
		if in.owns(f.Path) {
			d.find(f)
		}
	}
	return d.conclude()
}

// Owns tells whether any of the positions is of a log, or of a backup of it by its name.
func Owns(log string, positions []Foreign) bool {
	in := Input{cfg: Config{Path: log}}
	for _, f := range positions {
		if in.owns(f.Path) {
			return true
		}
	}
	return false
}

// owns tells whether a path is the log or has the name of a backup of it.
func (in *Input) owns(path string) bool {
	return filepath.Clean(filepath.Dir(path)) == filepath.Clean(in.dir()) && parseName(in.base(), filepath.Base(path)).kind != noLog
}

// adopter looks for the files of positions.
type adopter struct {
	*reader
	at map[int]int64 // offsets by the index of their entry
	Adoption
}

func (d *adopter) doubt(format string, values ...any) {
	d.Doubts = append(d.Doubts, fmt.Sprintf(format, values...))
}

// slack is by how much the times of events and files may differ on one machine.
const slack = time.Second

// find notes the file that a position is in.
func (d *adopter) find(f Foreign) {
	if f.Offset < 0 {
		return
	}
	var same, likely []int
	for i, e := range d.files.entries {
		fits, err := d.fits(e, f)
		switch {
		case err != nil:
			d.doubt("%s can't be read (%v), so it is not known whether the position of %s is in it", e.Name, err, f.Path)
		case fits && f.Inode != 0 && e.has(f.Inode):
			same = append(same, i)
		case fits:
			likely = append(likely, i)
		}
	}
	switch {
	case len(same) > 0: // links of one file are one entry
		likely = same[:1]
	case f.Inode != 0:
		likely = d.moved(likely)
	}
	if f.Offset == 0 && len(likely) > 0 {
		likely[0] = d.unreadSince(likely[0], f.Written)
	}
	d.choose(f, likely)
}

// unreadSince is the file of which nothing was read: that with the inode, or an older one that was not rotated yet when the position was noted, and has
// been compressed since. For then it was that one, and the number is another's by now.
func (d *adopter) unreadSince(same int, written time.Time) int {
	for i, e := range d.files.entries[:same] {
		if e.compressed() && !written.IsZero() && e.rotated().Add(time.Millisecond).After(written) { // names have no more digits
			return i
		}
	}
	return same
}

// rotated is when a backup was renamed, or last written to.
func (e *entry) rotated() time.Time {
	for _, p := range e.places {
		if p.kind == lumberjack {
			return p.time
		}
	}
	return e.Last
}

// has tells whether the file is the inode, of those that are not compressed.
func (e *entry) has(ino uint64) bool {
	for _, p := range e.places {
		if !p.gz && p.info.ino == ino {
			return true
		}
	}
	return false
}

// moved are those that may have another inode than before: compressed ones, and copies. If there is none, any may: the whole directory was copied, say.
func (d *adopter) moved(all []int) []int {
	var some []int
	for _, i := range all {
		if e := d.files.entries[i]; e.compressed() || !e.Live && e.best().kind == logrotate {
			some = append(some, i)
		}
	}
	if len(some) == 0 {
		return all
	}
	return some
}

func (d *adopter) choose(f Foreign, likely []int) {
	switch {
	case len(likely) == 0 && f.Offset == 0:
		d.doubt("%s: nothing was read of its file, and it is not known which that is; everything that is there counts as unread, and may be repeated", f.Path)
	case len(likely) == 0:
		d.doubt("%s: no file is the one that offset %d is in; if it was deleted, all that is there is newer, and what was behind the offset in it is lost; everything that is there counts as unread, and is repeated if the file is there", f.Path, f.Offset)
	default:
		if len(likely) > 1 {
			d.doubt("%s: offset %d fits %d files, from %s to %s; the oldest is taken, so that nothing is lost: what is behind it may be repeated", f.Path, f.Offset, len(likely), d.files.entries[likely[0]].Name, d.files.entries[likely[len(likely)-1]].Name)
		}
		d.at[likely[0]] = f.Offset
	}
}

// fits tells whether a file can be the one that the position is in.
func (d *adopter) fits(e *entry, f Foreign) (bool, error) {
	late := func(t time.Time) bool { return !f.Written.IsZero() && t.After(f.Written.Add(slack)) }
	if f.Offset == 0 { // the inode is all there is; without it, any file may be meant
		return f.Inode != 0 && e.has(f.Inode) || f.Inode == 0 && len(d.files.entries) == 1, nil
	}
	if !e.readable() || !e.compressed() && e.Size < f.Offset || late(e.First) {
		return false, nil
	}
	before, err := d.lineBefore(e, f.Offset)
	if err != nil || len(before) == 0 || before[len(before)-1] != '\n' {
		return false, err
	}
	return !late(lineTime(before)), nil
}

// lineBefore is the end of what stands before an offset; empty: the file ends before that.
func (d *adopter) lineBefore(e *entry, offset int64) ([]byte, error) {
	if err := d.open(e); err != nil {
		return nil, err
	}
	src, err := e.source()
	if err != nil {
		return nil, err
	}
	from := max(0, offset-tailLimit)
	text := make([]byte, offset-from)
	n, err := src.ReadAt(text, from)
	if n == len(text) {
		return text, nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, errEndsEarly) {
		return nil, nil
	}
	return nil, err
}

// conclude makes the cursor: what is before the oldest position is done, what is behind the newest unread.
func (d *adopter) conclude() (inputs.Cursor, Adoption, error) {
	oldest, newest := math.MaxInt, -1
	for i := range d.at {
		oldest, newest = min(oldest, i), max(newest, i)
	}
	for i, e := range d.files.entries {
		offset, found := d.at[i]
		switch {
		case found:
			e.Offset, e.Done = offset, false
		case i < oldest && newest >= 0:
			e.Offset, e.Done = e.Size, true
			d.Done++
		case i < newest:
			d.doubt("%s is between files with positions and has none; it counts as unread", e.Name)
		}
	}
	if newest >= 0 {
		d.File, d.Offset = d.files.entries[newest].Name, d.at[newest]
	}
	d.states = nil
	return d.Cursor(), d.Adoption, nil
}

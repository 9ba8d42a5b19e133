package file

import (
	"cmp"
	"io"
	"io/fs"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// memory is a file system and a clock in memory, all of whose behaviour is told by its dice: nothing depends on the machine.
// It knows which lines are in which file, and when the last copy of a line is gone. It gives the inode number of a deleted
// file to the next one.
type memory struct {
	now     time.Time
	grain   time.Duration // of the times of change
	births  bool          // inodes of the same number can be told apart
	space   int64         // bytes that are left
	linking error         // what Link answers
	copying error         // what Copy answers
	between func()        // runs before each call of the agent
	actor   string        // who acts
	readers []string
	unruly  bool // backups are not deleted in their order: two rotate the log, or the clock was stepped

	open      map[*memoryHandle]bool
	dirs      map[string]map[string]*node
	unused    []uint64 // inode numbers
	inodes    uint64
	created   uint64
	segments  []*segment
	texts     map[string]*line
	calls     int
	history   func(format string, args ...any) // what happens
	turn      int                              // of the agent
	deletions int                              // names and contents
	logs      []op                             // how each new one came
	deaf      bool                             // nobody can watch
}

// node is an inode.
type node struct {
	inode   uint64
	birth   uint64
	data    []byte
	mtime   time.Time
	names   int
	handles int
	seg     *segment
	lines   []*line // those whose bytes it holds
	zipped  bool    // logrotate has begun to compress it: what comes now is lost with it
}

// segment is what is written to a file from its beginning until it is truncated. Copies and compressed files hold the same one.
type segment struct {
	number int
	lines  []*line
	half   string // what there is of the line at its end
	names  map[string]bool
	before *segment        // what its file held until it was truncated
	known  map[string]bool // who knows of it
	begun  map[string]bool // who knows its first line
}

// line is one line of a segment.
type line struct {
	text              string
	from, to          int64
	seg               *segment
	at                time.Time
	torn              bool            // its writer left before its end
	late              bool            // its file was being compressed already
	copies            int             // files that hold it
	read              map[string]bool // by whom, if only for a life
	blind             map[string]bool // for whom it came and went unseen, and nothing is missing that tells of it
	goneBy            string          // who destroyed the last of these
	goneAs, unnamedAs int             // by the count of deletions
}

const modelDir, modelState = "/log", "/state/guard/api"

func newMemory() *memory {
	return &memory{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), space: math.MaxInt64 / 2, between: func() {}, history: func(string, ...any) {}, actor: "agent",
		open: map[*memoryHandle]bool{}, texts: map[string]*line{}, dirs: map[string]map[string]*node{modelDir: {}, modelState: {}}}
}

func (m *memory) at(path string) *node { return m.dirs[filepath.Dir(path)][filepath.Base(path)] }

// create makes a file, in place of one that has the name.
func (m *memory) create(path string) *node {
	m.created++
	n := &node{birth: m.created, mtime: m.stamp(), seg: m.segment()}
	if len(m.unused) > 0 {
		n.inode, m.unused = m.unused[0], m.unused[1:]
	} else {
		m.inodes++
		n.inode = m.inodes
	}
	m.link(n, path)
	if path == logPath {
		m.logs = append(m.logs, made)
	}
	return n
}

func (m *memory) segment() *segment {
	s := &segment{number: len(m.segments), names: map[string]bool{}, known: map[string]bool{}, begun: map[string]bool{}}
	m.segments = append(m.segments, s)
	return s
}

func (m *memory) stamp() time.Time { return m.now.Truncate(m.grain) }

func (m *memory) link(n *node, path string) {
	m.unlink(path)
	m.history("%s: link inode %d (segment %d) as %s", m.actor, n.inode, n.seg.number, path)
	n.names++
	n.seg.names[filepath.Base(path)] = true
	m.dirs[filepath.Dir(path)][filepath.Base(path)] = n
}

func (m *memory) unlink(path string) {
	if n := m.at(path); n != nil {
		m.history("%s: unlink %s", m.actor, path)
		delete(m.dirs[filepath.Dir(path)], filepath.Base(path))
		n.names--
		m.deletions++
		if n.names == 0 {
			for _, l := range n.lines {
				l.unnamedAs = m.deletions
			}
		}
		m.release(n)
	}
}

func (m *memory) rename(from, to string) {
	if n := m.at(from); n != nil && from != to {
		m.link(n, to)
		m.unlink(from)
		if to == logPath {
			m.logs = append(m.logs, moved)
		}
	}
}

// release frees an inode that nobody has any more.
func (m *memory) release(n *node) {
	if n.names == 0 && n.handles == 0 {
		m.history("%s: free inode %d (segment %d)", m.actor, n.inode, n.seg.number)
		m.drop(n, func(who string) bool { return n.seg.known[who] })
		m.unused = append(m.unused, n.inode)
		slices.Sort(m.unused)
	}
}

// drop destroys what is in a file.
func (m *memory) drop(n *node, knows func(who string) bool) {
	for _, l := range n.lines {
		if l.copies--; l.copies > 0 {
			continue
		}
		m.deletions++
		l.goneBy, l.goneAs = m.actor, m.deletions
		for _, who := range m.readers {
			l.blind[who] = m.unruly && !knows(who)
		}
	}
	n.lines, n.data = nil, nil
}

func (m *memory) truncate(n *node) {
	m.history("%s: truncate inode %d (segment %d)", m.actor, n.inode, n.seg.number)
	if n.seg.half != "" { // the rest of the line will stand alone
		m.finish(n, int64(len(n.data)), true)
	}
	// What was seen empty, and is empty again, or begins anew, has not changed.
	m.drop(n, func(who string) bool { return n.seg.begun[who] })
	m.deletions++
	before := n.seg
	n.mtime, n.seg = m.stamp(), m.segment()
	n.seg.before = before
	for base, o := range m.dirs[modelDir] {
		if o == n {
			n.seg.names[base] = true
		}
	}
}

// write puts text at an offset, behind NULs if the file is shorter.
func (m *memory) write(n *node, at int64, text string) {
	m.history("%s: write to inode %d (segment %d) at %d: %q", m.actor, n.inode, n.seg.number, at, text)
	if room := at + int64(len(text)) - int64(len(n.data)); room > 0 {
		n.data = append(n.data, make([]byte, room)...)
	}
	copy(n.data[at:], text)
	n.mtime = m.stamp()
}

// finish notes that the line whose half is at the end of a file is over.
func (m *memory) finish(n *node, end int64, torn bool) {
	s := n.seg
	l := &line{text: s.half, to: end, seg: s, at: m.now, torn: torn, copies: 1, read: map[string]bool{}, blind: map[string]bool{}}
	l.from, l.late = end-int64(len(s.half)), n.zipped
	if !torn {
		l.from--
	}
	m.texts[l.text] = l
	s.half, s.lines, n.lines = "", append(s.lines, l), append(n.lines, l)
}

// copy gives another file what one holds.
func (m *memory) copy(from, to *node, data []byte, lines []*line) {
	to.data, to.seg, to.lines, to.mtime = data, from.seg, slices.Clone(lines), m.stamp()
	for _, l := range to.lines {
		l.copies++
	}
	for dir := range m.dirs {
		for base, n := range m.dirs[dir] {
			if n == to {
				to.seg.names[base] = true
			}
		}
	}
}

// What follows is the agent's view of it.

func (m *memory) call() {
	if m.calls++; m.calls > 1e6 {
		panic("the agent spins")
	}
	m.between()
}

func (m *memory) Now() time.Time { return m.now }

func (m *memory) After(time.Duration) (<-chan time.Time, func() bool) {
	return nil, func() bool { return true }
}

func (m *memory) Names(dir string) ([]string, error) {
	m.call()
	if m.dirs[dir] == nil {
		return nil, fs.ErrNotExist
	}
	return slices.Sorted(maps.Keys(m.dirs[dir])), nil
}

func (m *memory) Stat(path string) (info, error) {
	m.call()
	if n := m.at(path); n != nil {
		return n.info(), nil
	}
	if m.dirs[path] != nil {
		return info{inode: inode{1, 0}, mode: fs.ModeDir}, nil
	}
	return info{}, fs.ErrNotExist
}

func (n *node) info() info {
	return info{inode: inode{1, n.inode}, size: int64(len(n.data)), links: uint64(n.names), mtime: n.mtime}
}

func (m *memory) Open(path string) (handle, error) {
	m.call()
	n := m.at(path)
	if n == nil {
		return nil, fs.ErrNotExist
	}
	n.handles++
	if m.actor == "guard" {
		n.seg.known[m.actor] = true
	}
	h := &memoryHandle{m, n, m.turn}
	m.open[h] = true
	return h, nil
}

func (m *memory) Link(path, link string) error {
	m.call()
	n, dir := m.at(path), m.dirs[filepath.Dir(link)]
	switch {
	case n == nil || dir == nil:
		return fs.ErrNotExist
	case m.linking != nil:
		return m.linking
	case dir[filepath.Base(link)] != nil:
		return fs.ErrExist
	}
	m.link(n, link)
	return nil
}

func (m *memory) Remove(path string) error {
	m.call()
	switch {
	case m.at(path) != nil:
		m.unlink(path)
	case m.dirs[path] == nil:
		return fs.ErrNotExist
	case len(m.dirs[path]) > 0:
		return fs.ErrInvalid
	}
	delete(m.dirs, path)
	return nil
}

func (m *memory) Mkdir(path string) error {
	if m.linking == syscall.EROFS && filepath.Dir(path) == modelDir {
		return m.linking
	}
	if m.dirs[path] == nil {
		m.dirs[path] = map[string]*node{}
	}
	return nil
}

func (m *memory) Write(path string, data []byte) error {
	m.call()
	m.create(path).data = slices.Clone(data)
	return nil
}

func (m *memory) Copy(from handle, size int64, mtime time.Time, to string) error {
	m.call()
	if m.copying != nil {
		return m.copying
	}
	if m.dirs[filepath.Dir(to)] == nil {
		m.dirs[filepath.Dir(to)] = map[string]*node{}
	}
	n := from.(*memoryHandle).n
	c := m.create(to)
	m.copy(n, c, slices.Clone(n.data[:size]), n.lines)
	for _, l := range c.lines { // as far as it is copied
		if l.to > size {
			l.copies--
		}
	}
	c.lines, c.mtime = slices.DeleteFunc(c.lines, func(l *line) bool { return l.to > size }), mtime
	return nil
}

func (m *memory) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

// Watch tells of new logs alone: nobody sleeps here.
func (m *memory) Watch(string) (watch, error) {
	if m.deaf {
		return nil, syscall.ENOSPC
	}
	return &memoryWatch{m, len(m.logs)}, nil
}

type memoryWatch struct {
	m     *memory
	taken int
}

func (w *memoryWatch) Take(each func(event)) error {
	w.m.call()
	for ; w.taken < len(w.m.logs); w.taken++ {
		each(event{"audit.log", w.m.logs[w.taken]})
	}
	return nil
}

func (w *memoryWatch) Ready() <-chan struct{} { return nil }
func (w *memoryWatch) Close() error           { return nil }

func (m *memory) Free(string) (int64, error)   { return m.space, nil }
func (m *memory) IsMount(string) (bool, error) { return false, nil }

type memoryHandle struct {
	m      *memory
	n      *node
	opened int // turn
}

func (h *memoryHandle) ReadAt(p []byte, off int64) (int, error) {
	h.m.call()
	n := copy(p, h.n.data[min(off, int64(len(h.n.data))):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (h *memoryHandle) Close() error {
	if h.m.open[h] {
		actor := h.m.actor
		if actor == "guard" || actor != "restart" && h.opened == h.m.turn {
			h.m.actor = "world" // it was only looked at, while somebody deleted it
		}
		delete(h.m.open, h)
		h.n.handles--
		h.m.release(h.n)
		h.m.actor = actor
	}
	return nil
}

// kill closes what the agent has open.
func (m *memory) kill() {
	m.actor = "restart"
	for _, h := range slices.SortedFunc(maps.Keys(m.open), func(a, b *memoryHandle) int { return cmp.Compare(a.n.birth, b.n.birth) }) {
		h.Close()
	}
	m.actor = "agent"
}

func (h *memoryHandle) Stat() (info, error) {
	h.m.call()
	return h.n.info(), nil
}

func (h *memoryHandle) Birth() uint64 {
	if h.m.births {
		return h.n.birth
	}
	return 0
}

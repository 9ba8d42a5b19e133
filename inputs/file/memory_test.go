package file

import (
	"math"
	"path/filepath"
	"slices"
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
	passed  bool    // a file that holds data, and is none of its writer's, has taken the log's name meanwhile
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

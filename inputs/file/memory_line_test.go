package file

import (
	"slices"
	"time"
)

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
	late              bool            // its file was being compressed already, or passed for one whose writer is through with it
	copies            int             // files that hold it
	read              map[string]bool // by whom, if only for a life
	blind             map[string]bool // for whom it came and went unseen, and nothing is missing that tells of it
	goneBy            string          // who destroyed the last of these
	goneAs, unnamedAs int             // by the count of deletions
}

func (m *memory) segment() *segment {
	s := &segment{number: len(m.segments), names: map[string]bool{}, known: map[string]bool{}, begun: map[string]bool{}}
	m.segments = append(m.segments, s)
	return s
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

// finish notes that the line whose half is at the end of a file is over.
func (m *memory) finish(n *node, end int64, torn bool) {
	s := n.seg
	l := &line{text: s.half, to: end, seg: s, at: m.now, torn: torn, copies: 1, read: map[string]bool{}, blind: map[string]bool{}}
	l.from, l.late = end-int64(len(s.half)), n.zipped || n.passed
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

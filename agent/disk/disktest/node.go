package disktest

import (
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
)

// node is a file or a directory: as the kernel sees it now, and as it is on the disk for sure.
type node struct {
	perm  fs.FileMode
	owner *handle // who holds the lock

	content []byte   // of a file, as it is read
	stable  []byte   // what a power loss can't take
	pending []change // from stable towards content, in their order

	entries       map[string]*node // of a directory; nil for a file
	stableEntries map[string]*node
	moves         []move
}

// change is one write, or with resize one change of the size.
type change struct {
	at     int64
	data   []byte
	resize bool
}

// move is one creation, renaming or removal in a directory.
type move struct {
	from, to string // from empty: creation; to empty: removal
	what     *node
}

func newDir(perm fs.FileMode) *node {
	return &node{perm: perm | fs.ModeDir, entries: map[string]*node{}, stableEntries: map[string]*node{}}
}

func (n *node) isDir() bool { return n.entries != nil }

// apply makes a change to content.
func (c change) apply(content []byte) []byte {
	if c.resize {
		return resize(content, c.at)
	}
	if end := c.at + int64(len(c.data)); end > int64(len(content)) {
		content = resize(content, end)
	}
	copy(content[c.at:], c.data)
	return content
}

func resize(content []byte, size int64) []byte {
	if size <= int64(len(content)) {
		return content[:size:size]
	}
	return append(content, make([]byte, size-int64(len(content)))...)
}

func (n *node) change(c change) {
	n.pending = append(n.pending, c)
	n.content = c.apply(n.content)
}

func (m move) apply(entries map[string]*node) {
	if m.from != "" && entries[m.from] == m.what {
		delete(entries, m.from)
	}
	if m.to != "" {
		entries[m.to] = m.what
	}
}

func (n *node) move(m move) {
	n.moves = append(n.moves, m)
	m.apply(n.entries)
}

// sync makes everything durable that is not known to be.
func (n *node) sync() {
	for _, c := range n.pending {
		n.stable = c.apply(n.stable)
	}
	for _, m := range n.moves {
		m.apply(n.stableEntries)
	}
	n.pending, n.moves = nil, nil
}

// syncFails drops a part of what is pending. Either it is still seen, and called clean, or the pages are gone, and only the
// size is as it was.
func (n *node) syncFails(rng *rand.Rand) {
	if n.isDir() {
		return
	}
	n.stable = fateOf(rng).survivors(n)
	n.pending = nil
	if rng.IntN(2) == 0 {
		return
	}
	size := int64(len(n.content))
	n.content = slices.Clone(n.stable)
	n.change(change{at: size, resize: true})
}

// losePower leaves of the tree what is durable, and of the rest what fate allows.
func (n *node) losePower(f fate) {
	n.owner = nil
	if !n.isDir() {
		n.stable = f.survivors(n)
		n.content, n.pending = slices.Clone(n.stable), nil
		return
	}
	for _, m := range n.moves {
		if f.keeps() {
			m.apply(n.stableEntries)
		}
	}
	n.entries, n.moves = maps.Clone(n.stableEntries), nil
	for _, name := range slices.Sorted(maps.Keys(n.entries)) { // sorted: chance is asked in the same order each time
		n.entries[name].losePower(f)
	}
}

package file

import (
	"errors"
	"fmt"
	"slices"
)

// catalogue is what a reader knows of all files of its log, in the order in which it reads them: as they were first seen,
// and of those that were first seen together the older first (see listing.sort).
type catalogue struct {
	sys     system
	base    string // the log's name
	scratch []byte
	entries []*entry
	looks   int               // listings that were merged
	kept    func(*entry) bool // whether the guard may show a file that is gone again
}

// keepGone is how many files are remembered after they are gone, in case they come back.
const keepGone = 16

// restore takes over a checkpoint.
func (c *catalogue) restore(files []fileState) {
	for _, s := range files {
		c.entries = append(c.entries, &entry{fileState: s, looked: -1, own: parseName(c.base, s.Name).kind != noLog})
	}
}

// merge brings the catalogue up to date.
func (c *catalogue) merge(list listing) {
	known := len(c.entries)
	c.looks++
	for _, e := range c.entries {
		e.places, e.noted = e.places[:0], false
	}
	c.adopt(list)
	c.place(list)
	log := list.live != nil && !list.moved // else what stands for the log may be all that tells of a loss
	for _, e := range c.entries {
		if len(e.places) > 0 || list.sound() {
			e.Truncated = e.Truncated || c.emptied(e)
			e.refresh(log, list.has(lumberjack))
		} else {
			e.measure() // it may hold what comes before all that is listed
		}
	}
	fresh := c.entries[known:]
	if c.stayed(list, known) {
		for _, e := range fresh {
			e.Truncated = e.copy(list.live.info.inode)
		}
	}
	slices.SortStableFunc(fresh, func(a, b *entry) int { return btoi(a.Live) - btoi(b.Live) })
	c.crown(list, known)
	c.forget()
}

// place gives all that is listed its entry.
func (c *catalogue) place(list listing) {
	for _, f := range list.files {
		e := c.match(f)
		if e == nil && list.copying(f, c.sys.Now()) {
			continue
		}
		if e == nil {
			e = newEntry(f)
			e.since = c.looks
			c.entries = append(c.entries, e)
		}
		e.see(f)
	}
}

// identify gives files the identity that they have by now, through their handles. It comes after the listing, so that
// nothing in that is newer.
func (c *catalogue) identify() (trouble error) {
	for _, e := range c.entries {
		if err := e.identify(c.scratch); err != nil {
			trouble = errors.Join(trouble, fmt.Errorf("read %s: %w", e.Name, err))
		}
	}
	return trouble
}

// adopt gives entries that had no complete line the identity that their inodes have now: a compressed copy of them, which
// may come first in the listing, is only known by that.
func (c *catalogue) adopt(list listing) {
	for _, f := range list.files {
		if f.gz || f.kind == lost || f.head.length == 0 {
			continue
		}
		if e := c.match(f); e != nil && !e.Whole {
			e.learn(f.head)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// forget drops files that are gone and done with, but for the last few.
func (c *catalogue) forget() {
	gone := 0
	for i := len(c.entries) - 1; i >= 0; i-- {
		e := c.entries[i]
		if len(e.places) > 0 || e.handle != nil || !e.Done || e.noted || e.missing == 0 {
			continue
		}
		if gone++; gone > keepGone && !c.kept(e) || e.Length == 0 {
			c.entries = slices.Delete(c.entries, i, i+1)
		}
	}
}

// mistaken tells whether a file that had no complete line is only missing because nothing would tell it from another: where
// there are inode numbers alone (see grew), or where it was empty and the next file is a compressed one. Retention deletes
// the oldest first, so it is there if the one before it has its own name.
func (c *catalogue) mistaken(e *entry) bool {
	i := c.index(e)
	if e.Whole || e.handle != nil || i == 0 || !slices.ContainsFunc(c.entries[i-1].places, found.named) {
		return false
	}
	if e.Length == 0 {
		return e.Birth == 0 || i+1 < len(c.entries) && c.entries[i+1].compressed()
	}
	return e.Birth == 0 && slices.ContainsFunc(c.entries[i+1:], func(o *entry) bool { return len(o.places) > 0 && c.begins(o.best(), e) })
}

// begins tells whether a file begins with what there was of an entry's first line.
func (c *catalogue) begins(f found, e *entry) bool {
	h, err := c.sys.Open(f.path)
	if err != nil {
		return false
	}
	defer h.Close()
	if !f.gz {
		return begins(h, f.head.start, e.Length, e.ID)
	}
	u, err := newUnzipper(h)
	return err == nil && begins(u, f.head.start, e.Length, e.ID)
}

// lists tells whether an inode has a name.
func (c *catalogue) lists(i inode) bool {
	return slices.ContainsFunc(c.entries, func(e *entry) bool {
		return slices.ContainsFunc(e.places, func(p found) bool { return p.info.inode == i })
	})
}

func (c *catalogue) index(e *entry) int { return slices.Index(c.entries, e) }

// states is a copy for a cursor.
func (c *catalogue) states() []fileState {
	states := make([]fileState, len(c.entries))
	for i, e := range c.entries {
		states[i] = e.fileState
		states[i].Size = max(e.Size, e.most) // else nobody would know after a crash
	}
	return states
}

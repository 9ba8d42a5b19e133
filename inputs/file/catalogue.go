package file

import (
	"slices"
	"strings"
)

// catalogue is what a reader knows of all files of its log, in the order in which it reads them: as they were first seen,
// and of those that were first seen together the older first (see listing.sort).
type catalogue struct {
	sys     system
	entries []*entry
}

// keepGone is how many files are remembered after they are gone, in case they come back.
const keepGone = 16

// restore takes over a checkpoint.
func (c *catalogue) restore(files []fileState) {
	for _, s := range files {
		c.entries = append(c.entries, &entry{fileState: s, looked: -1})
	}
}

// merge brings the catalogue up to date.
func (c *catalogue) merge(list listing) {
	known := len(c.entries)
	for _, e := range c.entries {
		e.places, e.noted = e.places[:0], false
	}
	c.adopt(list)
	for _, f := range list.files {
		e := c.match(f)
		if e == nil {
			e = newEntry(f)
			c.entries = append(c.entries, e)
		}
		e.see(f)
	}
	for _, e := range c.entries {
		if len(e.places) > 0 || list.sound() {
			e.refresh(list.live != nil)
		}
	}
	c.crown(list)
	fresh := c.entries[known:]
	slices.SortStableFunc(fresh, func(a, b *entry) int { return btoi(a.Live) - btoi(b.Live) })
	c.forget()
}

// crown takes the newest file for the log while there is none: if it is gone the next time, others may have come and gone.
func (c *catalogue) crown(list listing) {
	if list.live != nil || slices.ContainsFunc(c.entries, (*entry).isLog) {
		return
	}
	for _, e := range slices.Backward(c.entries) {
		if len(e.places) > 0 {
			e.Live = true
			return
		}
	}
}

// adopt gives entries that had no complete line the identity that their inodes have now: a compressed copy of them, which
// may come first in the listing, is only known by that.
func (c *catalogue) adopt(list listing) {
	for _, f := range list.files {
		if f.gz || f.kind == lost || f.head.length == 0 {
			continue
		}
		if e := c.match(f); e != nil && !e.Whole && f.head.length > e.Length {
			e.ID, e.Length, e.Whole, e.head = f.head.id, f.head.length, f.head.whole, f.head
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// grew tells whether the file is what the entry was while its first line was incomplete. It must be the same inode: the
// beginnings of lines are alike.
func (c *catalogue) grew(e *entry, f found) bool {
	if !e.sameInode(f) || f.gz != strings.HasSuffix(e.Name, gzSuffix) || e.Length > 0 && f.head.length <= e.Length {
		return false
	}
	if e.Length == 0 {
		return true
	}
	h, err := c.sys.Open(f.path)
	if err != nil {
		return false
	}
	defer h.Close()
	return begins(h, f.head.start, e.Length, e.ID)
}

// truncated tells whether the content of an inode was replaced. Without a way to know that it is not a new file with an
// old number, only an open handle keeps the number from being used again.
func (c *catalogue) truncated(e *entry, f found) bool {
	if f.birth != 0 {
		return true
	}
	if e.handle == nil {
		return false
	}
	i, err := e.handle.Stat()
	return err == nil && i.inode == f.info.inode
}

// forget drops files that are gone and done with, but for the last few.
func (c *catalogue) forget() {
	gone := 0
	for i := len(c.entries) - 1; i >= 0; i-- {
		e := c.entries[i]
		if len(e.places) > 0 || e.handle != nil || !e.Done || e.noted || e.missing == 0 {
			continue
		}
		if gone++; gone > keepGone || e.Length == 0 {
			c.entries = slices.Delete(c.entries, i, i+1)
		}
	}
}

// closed tells whether nothing more will be written to a file: kube-apiserver closes before it renames; of others, and
// of files without a name, that is only known when a newer one holds data.
func (c *catalogue) closed(e *entry) bool {
	if e.isLog() {
		return false
	}
	newer, data := false, false
	at := slices.Index(c.entries, e)
	for i, o := range c.entries {
		if o != e && (i > at || o.isLog()) {
			newer, data = true, data || o.Size > 0
		}
	}
	return data || newer && e.sealed
}

func (c *catalogue) index(e *entry) int { return slices.Index(c.entries, e) }

// states is a copy for a cursor.
func (c *catalogue) states() []fileState {
	states := make([]fileState, len(c.entries))
	for i, e := range c.entries {
		states[i] = e.fileState
	}
	return states
}

package file

import "slices"

// crown takes the newest file for the log while there is none: if it is gone the next time, others may have come and gone.
func (c *catalogue) crown(list listing, known int) {
	newest := c.newest(known)
	if list.live != nil || list.trouble != nil || newest == nil {
		return
	}
	for _, e := range c.entries {
		if len(e.places) > 0 {
			e.Live = e == newest
		}
	}
}

// newest is the last of the files that appeared behind those that are known; if none did, it is still what was the log.
func (c *catalogue) newest(known int) *entry {
	there := func(e *entry) bool { return slices.ContainsFunc(e.places, found.named) }
	for _, e := range slices.Backward(c.entries[known:]) {
		if there(e) {
			return e
		}
	}
	for _, e := range slices.Backward(c.entries) {
		if e.isLog() {
			return e
		}
	}
	for _, e := range slices.Backward(c.entries) {
		if there(e) {
			return e
		}
	}
	return nil
}

// log is the log itself, or what stands for it while it has no name. A listing during a rotation can show both.
func (c *catalogue) log() *entry {
	var standing *entry
	for _, e := range c.entries {
		if e.hasLogsName() {
			return e
		}
		if e.isLog() {
			standing = e
		}
	}
	return standing
}

// closed tells whether nothing more will be written to a file: kube-apiserver closes before it renames; of others, and
// of files without a name, that is only known when a newer one holds data. What was not seen before it, but
// for the log itself, may be older where clocks step; and what only the guard has, although it was seen later. What merely
// stands for the log is as old as its place says, and no exception: somebody may have deleted the log itself.
func (c *catalogue) closed(e *entry) bool {
	if e == c.log() {
		return false
	}
	newer, data := false, false
	at := slices.Index(c.entries, e)
	for i, o := range c.entries {
		if o != e && (i > at || o.hasLogsName()) {
			newer, data = true, data || o.Size > 0 && o.own && (o.hasLogsName() || o.since > e.since)
		}
	}
	return data || newer && e.sealed
}

// stayed tells whether the log is the file that it was at the last look, whatever is in it now: it was not renamed.
func (c *catalogue) stayed(list listing, known int) bool {
	return list.live != nil && slices.ContainsFunc(c.entries[:known], func(e *entry) bool {
		return e.handle != nil && !e.zipped && e.opened == list.live.info.inode
	})
}

// emptied tells whether a file was truncated that lost its name afterwards, while copies of it have theirs.
func (c *catalogue) emptied(e *entry) bool {
	if e.handle == nil || e.zipped || len(e.places) == 0 || slices.ContainsFunc(e.places, func(p found) bool { return p.info.inode == e.opened }) {
		return false
	}
	same, err := e.head.stands(e.handle, c.scratch)
	return err == nil && !same
}

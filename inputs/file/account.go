package file

import "github.com/auditship/auditship/inputs"

// account is what a log holds, seen from a cursor, in uncompressed bytes.
type account struct {
	unread int64 // behind the cursor
	ahead  int64 // before it, and not deleted by the log's writer yet
	spared int64 // of unread: deleted, but kept by the guard or an open file
}

// extent is one file of an account.
type extent struct {
	size, offset int64
	named        bool // its writer has not deleted it
}

// account puts together what the reader knew at the cursor and what was listed. Either may be newer than the other.
func (c *cursor) account(files []found) (a account) {
	if c == nil {
		c = &cursor{at: -1}
	}
	if c.start == inputs.End {
		return a // it will begin behind all that there is
	}
	for _, x := range c.extents(files) {
		unread := max(0, x.size-x.offset)
		a.unread += unread
		if x.named {
			a.ahead += x.size - unread
		} else {
			a.spared += unread
		}
	}
	return a
}

func (c *cursor) extents(files []found) []extent {
	all := make([]extent, len(c.files), len(c.files)+1)
	for i := range c.files {
		all[i] = extent{size: c.sizeOf(i), offset: c.offsetIn(i)}
		if c.files[i].Done {
			all[i].offset = all[i].size
		}
	}
	fresh := map[fileKey]int{}
	for _, f := range files {
		if f.kind == lost {
			continue
		}
		i, known := c.index(f), true
		if i < 0 {
			if i, known = fresh[f.key()]; !known {
				i, all = len(all), append(all, extent{})
				fresh[f.key()] = i
			}
			known = false
		}
		all[i].named = all[i].named || f.kind != guarded
		if !known || !f.gz { // what is compressed has been measured, and does not grow
			all[i].size = max(all[i].size, f.size)
		}
	}
	return all
}

package file

import (
	"cmp"
	"slices"
)

// refresh brings the entry up to date after all its places were seen. While there is no log, the one that was it stays it.
func (e *entry) refresh(log, twoRotate bool) {
	if len(e.places) == 0 {
		e.missing++
		e.measure()
		return
	}
	e.Truncated = e.Truncated || e.copyOnly(twoRotate)
	best := e.best()
	e.missing, e.Live = 0, best.kind == live || e.Live && !log
	if best.kind != guarded || e.Name == "" {
		e.Name = best.file
	}
	e.Inode, e.Device, e.Birth, e.Last = best.info.ino, best.info.dev, best.birth, best.last
	if best.endsBefore(e.Size) && !e.Done {
		e.most = max(e.most, e.Size)
	}
	e.Size = e.bestSize()
	e.measure()
}

// measure counts what was written through a name that is gone.
func (e *entry) measure() {
	if e.handle == nil || e.zipped {
		return
	}
	if i, err := e.handle.Stat(); err == nil {
		e.Size = max(e.Size, i.size)
	}
}

// best is the place to read the file at: the log itself rather than a copy of it, then the longest, since a copy that is
// under way is shorter, and of equals a plain one.
func (e *entry) best() found {
	rank := func(f found) [2]int {
		return [2]int{btoi(f.kind == live) - btoi(f.gz && e.corrupt), -btoi(f.gz)}
	}
	return slices.MaxFunc(e.places, func(a, b found) int {
		return cmp.Or(rank(a)[0]-rank(b)[0], cmp.Compare(a.size, b.size), rank(a)[1]-rank(b)[1])
	})
}

// bestSize is the uncompressed size. A gzip file's trailer tells it modulo 4 GiB.
func (e *entry) bestSize() int64 {
	best := e.best()
	size := best.size
	if best.gz && !e.corrupt && e.Done {
		return max(size, e.Offset)
	}
	if best.gz && !e.corrupt {
		for size < e.Offset {
			size += 1 << 32
		}
	}
	return size
}

// endsBefore tells whether a file is a copy that ends before an offset. The trailer of a gzip file tells its size modulo 4 GiB.
func (f found) endsBefore(offset int64) bool {
	return f.kind != live && f.head.length > 0 && f.size < offset && !(f.gz && (offset-f.size)%(1<<32) == 0)
}

// cut tells whether there was more of a file than there is left.
func (e *entry) cut() bool { return e.most > e.Offset && e.Whole && e.readable() }

// torn tells whether all that is left is an incomplete line.
func (e *entry) torn() bool { return e.readable() && e.Size > e.Offset && e.Size == e.looked }

// copied tells whether the guard has a copy of all that the handle can give, whose own file is deleted. If it was truncated
// before, that is noted.
func (e *entry) copied(scratch []byte) bool {
	if e.handle == nil || e.zipped {
		return false
	}
	i, err := e.handle.Stat()
	if err != nil || i.links > 0 || !slices.ContainsFunc(e.places, func(p found) bool { return p.kind == guarded && !p.gz && p.size >= i.size }) {
		return false
	}
	same, err := e.head.stands(e.handle, scratch)
	e.Truncated = e.Truncated || err == nil && !same
	return err == nil
}

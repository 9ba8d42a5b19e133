package file

import (
	"cmp"
	"slices"
	"time"
)

// sort brings the files into the order in which they were written, as far as that can be told: by the time in their
// names, else by the time of their last change. Where somebody numbered the files, that overrules the clock: logrotate
// numbers its backups, the guard its links. The live log is the newest.
func (list *listing) sort() {
	ages := list.ages()
	age := func(f found) age { return ages[f.key()] }
	slices.SortStableFunc(list.files, func(a, b found) int { return age(a).time.Compare(age(b).time) })
	reorder(list.files, func(f found) int64 { return -int64(age(f).number) })
	reorder(list.files, func(f found) int64 { return int64(age(f).seq) })
	if i := slices.IndexFunc(list.files, func(f found) bool { return f.kind == live }); i >= 0 {
		f := list.files[i]
		list.files = append(slices.Delete(list.files, i, i+1), f)
		list.live = &list.files[len(list.files)-1]
	}
}

// age is what all names of a file together say about its place in the order.
type age struct {
	time   time.Time
	number int
	seq    uint64
}

// fileKey tells which of the found are one file: those with the same first line, else with the same inode.
type fileKey struct {
	id    identity
	inode inode
}

func (f found) key() fileKey {
	if f.head.length > 0 {
		return fileKey{id: f.head.id}
	}
	return fileKey{inode: f.info.inode}
}

func (list *listing) ages() map[fileKey]age {
	ages := make(map[fileKey]age, len(list.files))
	for _, f := range list.files {
		a := ages[f.key()]
		a.number = max(a.number, f.number)
		if a.seq == 0 || f.seq != 0 && f.seq < a.seq {
			a.seq = f.seq // the first time that the guard met it
		}
		if a.time.IsZero() {
			a.time = f.last
		}
		if !f.time.IsZero() {
			a.time = f.time
		}
		ages[f.key()] = a
	}
	return ages
}

// reorder sorts those that have a rank among the places that they hold together.
func reorder(files []found, rank func(found) int64) {
	ranked, sorted, last := 0, true, int64(0)
	for _, f := range files {
		if r := rank(f); r != 0 {
			sorted = sorted && (ranked == 0 || last <= r)
			ranked, last = ranked+1, r
		}
	}
	if sorted {
		return // as nearly always
	}
	at, some := make([]int, 0, ranked), make([]found, 0, ranked)
	for i, f := range files {
		if rank(f) != 0 {
			at, some = append(at, i), append(some, f)
		}
	}
	slices.SortStableFunc(some, func(a, b found) int { return cmp.Compare(rank(a), rank(b)) })
	for i, f := range some {
		files[at[i]] = f
	}
}

package file

import (
	"math"
	"path/filepath"
)

// shortage is what the guard keeps too much.
type shortage struct {
	only  []found          // files that have no other name, the oldest first
	over  int64            // bytes of them beyond the budget
	short map[string]int64 // bytes that are missing on the file systems of its directories
}

// shortage tells how it would be with so many bytes more in the directory for copies.
func (g *guard) shortage(list listing, committed []*cursor, want int64) shortage {
	s := shortage{over: want - int64(g.in.cfg.GuardBytes), short: map[string]int64{}}
	for _, f := range list.files {
		if f.kind == guarded && f.info.links == 1 && needed(committed, f) && !(list.live != nil && f.info.inode == list.live.info.inode) {
			s.only, s.over = append(s.only, f), s.over+f.info.size
		}
	}
	for _, dir := range g.in.guardDirs() {
		s.short[dir] = int64(g.in.cfg.MinFree) - g.free(dir)
	}
	s.short[g.in.cfg.GuardDir] += want
	return s
}

func (s *shortage) without(f found) {
	s.over, s.short[filepath.Dir(f.path)] = s.over-f.info.size, s.short[filepath.Dir(f.path)]-f.info.size
}

func (s *shortage) none(dir string) bool { return s.over <= 0 && s.short[dir] <= 0 }

// makeRoom gives up the oldest guarded files, when what nothing else keeps is more than the budget, or space is short.
func (g *guard) makeRoom(list listing, committed []*cursor) {
	s := g.shortage(list, committed, 0)
	for _, f := range s.only {
		if (s.over > 0 || s.short[filepath.Dir(f.path)] > 0) && g.giveUp(f, list) {
			s.without(f)
		}
	}
}

// makeRoomFor does the same for a copy of so many bytes, but gives up nothing if there would not be room for it even so.
// It tells whether there is room now.
func (g *guard) makeRoomFor(want int64, list listing, committed []*cursor) bool {
	dir, s := g.in.cfg.GuardDir, g.shortage(list, committed, want)
	if !s.enough(dir) {
		return false
	}
	for _, f := range s.only {
		if (s.over > 0 || s.short[dir] > 0 && filepath.Dir(f.path) == dir) && g.giveUp(f, list) {
			s.without(f)
		}
	}
	return s.none(dir)
}

// enough tells whether nothing would be short any more if all were given up.
func (s shortage) enough(dir string) bool {
	over, short := s.over, s.short[dir]
	for _, f := range s.only {
		over -= f.info.size
		if filepath.Dir(f.path) == dir {
			short -= f.info.size
		}
	}
	return over <= 0 && short <= 0
}

// hasRoomFor tells whether there is room for a copy without anything being given up.
func (g *guard) hasRoomFor(want int64, list listing, committed []*cursor) bool {
	s := g.shortage(list, committed, want)
	return s.none(g.in.cfg.GuardDir)
}

// free is what is left on the file system that a directory is on, or will be.
func (g *guard) free(dir string) int64 {
	for {
		free, err := g.in.sys.Free(dir)
		if err == nil {
			return free
		}
		if dir == filepath.Dir(dir) {
			return math.MaxInt64 // nobody can tell
		}
		dir = filepath.Dir(dir)
	}
}

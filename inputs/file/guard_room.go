package file

import (
	"math"
	"path/filepath"
)

// makeRoom gives up the oldest guarded files, when what nothing else keeps would be more than the budget with so many
// bytes more, or space would be short. It tells whether there is room then.
func (g *guard) makeRoom(list listing, committed []*cursor, want int64) bool {
	var only []found // files that have no other name
	over := want - int64(g.in.cfg.GuardBytes)
	for _, f := range list.files {
		if f.kind == guarded && f.info.links == 1 && needed(committed, f) && !(list.live != nil && f.info.inode == list.live.info.inode) {
			only, over = append(only, f), over+f.info.size
		}
	}
	short := map[string]int64{}
	for _, dir := range g.in.guardDirs() {
		short[dir] = int64(g.in.cfg.MinFree) - g.free(dir)
	}
	short[g.in.cfg.GuardDir] += want
	for _, f := range only {
		dir := filepath.Dir(f.path)
		if (over > 0 || short[dir] > 0) && g.giveUp(f) {
			over, short[dir] = over-f.info.size, short[dir]-f.info.size
		}
	}
	return over <= 0 && short[g.in.cfg.GuardDir] <= 0
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

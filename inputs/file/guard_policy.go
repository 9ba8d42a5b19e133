package file

import (
	"io/fs"
	"slices"
)

// linkable tells whether a link does no harm: logrotate 3.19 and later leave a log alone that has several links
// (allowhardlink), and it would grow for ever. So the log is linked only where backups or links of them show that
// kube-apiserver rotates it, nobody else does, and it has not grown far beyond them since. What is not linked, the readers
// keep open.
func (list listing) linkable(f found) bool {
	if f.kind != live {
		return f.kind == lumberjack
	}
	largest := int64(0)
	for _, o := range list.files {
		if o.kind == lumberjack || o.kind == guarded && o.info.inode != f.info.inode {
			largest = max(largest, o.size)
		}
	}
	symlink := f.info.mode&fs.ModeSymlink != 0 // the link would be to that
	return (list.has(lumberjack) || list.has(guarded)) && !list.has(logrotate) && !symlink && f.size <= 2*largest+linkSlack
}

// linkSlack is how much a log may grow beyond twice its largest backup until the guard thinks that nobody rotates it.
const linkSlack = 128 << 20

func (list listing) has(k kind) bool {
	return slices.ContainsFunc(list.files, func(f found) bool { return f.kind == k })
}

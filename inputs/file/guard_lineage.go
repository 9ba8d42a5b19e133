package file

import "slices"

// lineage is the files that were the newest, one after the other, with nothing between them that the guard did not see: it
// keeps them, or tells what it does not. So a reader that drained one of them, whose name is gone, knows that nothing is
// lost with its successors. That takes a watch that told of each new log.
type lineage struct {
	files []found // the oldest first; the last one is the newest
	at    mark    // when that was listed
	there map[nodeID]bool
	torn  bool // something is not kept
}

// nodeID is an inode, as surely as the file system tells.
type nodeID struct {
	inode
	birth uint64
}

func (f found) node() nodeID { return nodeID{f.info.inode, f.birth} }

// wasLog tells whether a file was made as the log, and not from one.
func (f found) wasLog() bool { return f.kind == live || f.kind == lumberjack && !f.gz }

// maxInLine is how many of them are remembered.
const maxInLine = 64

// list looks, and counts the logs that were made until then. None may be made meanwhile.
func (g *guard) list() listing {
	for try := 0; ; try++ {
		before := g.watcher.mark()
		list := g.lister.list()
		list.at = g.watcher.mark()
		if list.at == before {
			return list
		}
		if try == 3 {
			list.at = mark{}
			return list
		}
	}
}

// accounts tells whether each log that was made since is in the listing.
func (l *lineage) accounts(list listing) bool {
	if list.at.span == 0 || list.at.span != l.at.span {
		return false
	}
	fresh := map[nodeID]bool{}
	for _, f := range list.files {
		if f.wasLog() && !l.there[f.node()] {
			fresh[f.node()] = true
		}
	}
	return list.at.made-l.at.made == len(fresh)
}

// add goes on with the newest file of a listing.
func (l *lineage) add(f found, list listing) {
	last := len(l.files) - 1
	switch {
	case !l.accounts(list) || last < 0:
		l.files = append(l.files[:0], f)
	case l.files[last].node() == f.node():
		l.files[last] = f
	default:
		l.files = append(l.files, f)
	}
	if len(l.files) > maxInLine {
		l.files = slices.Delete(l.files, 0, 1)
	}
	l.mark(list)
}

// mark begins to count.
func (l *lineage) mark(list listing) {
	if l.at = list.at; list.trouble != nil {
		l.at = mark{} // what could not be looked at would pass for new
	}
	if l.there == nil {
		l.there = map[nodeID]bool{}
	}
	clear(l.there)
	for _, f := range list.files {
		if f.wasLog() {
			l.there[f.node()] = true
		}
	}
}

// publishLine lets the readers know, when all that is missing is told. kept: so is the rest of what they need.
func (g *guard) publishLine(kept bool) {
	if !kept || g.line.torn {
		g.line.files, g.line.torn = nil, false
	}
	if len(g.missed) > 0 || len(g.owed) > 0 {
		return
	}
	if old := g.in.line.Load(); old != nil && slices.EqualFunc(*old, g.line.files, func(a, b found) bool { return a.node() == b.node() }) {
		return
	}
	files := slices.Clone(g.line.files)
	g.in.line.Store(&files)
	g.news = max(g.news, grown)
}

// successors is what is known of the files that came after one.
type successors uint8

const (
	unknown successors = iota
	coming             // the guard will look
	seen               // by the guard, all of them
)

// after tells about the successors of a file that was the log.
func (in *Input) after(e *entry) successors {
	files := in.line.Load()
	if files == nil {
		return unknown
	}
	i := slices.IndexFunc(*files, func(f found) bool {
		return f.birth != 0 && f.birth == e.Birth && f.info.ino == e.Inode || e.is(f)
	})
	switch {
	case i < 0:
		return unknown
	case i == len(*files)-1:
		return coming
	}
	return seen
}

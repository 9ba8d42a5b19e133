package disktest

import (
	"math/rand/v2"
	"slices"
)

const sector = 512

// fate decides what of the unsynced survives.
type fate struct {
	rng  *rand.Rand
	mood int
}

const (
	allLost = iota
	allKept
	mixed // and all above
	moods = 5
)

func fateOf(rng *rand.Rand) fate { return fate{rng, rng.IntN(moods)} }

// keeps decides about one change.
func (f fate) keeps() bool {
	switch f.mood {
	case allLost:
		return false
	case allKept:
		return true
	}
	return f.rng.IntN(2) == 0
}

// survivors is what a file holds when its pending changes are kept in part.
func (f fate) survivors(n *node) []byte {
	content := slices.Clone(n.stable)
	for _, c := range n.pending {
		switch {
		case c.resize && f.keeps(), !c.resize && f.mood == allKept:
			content = c.apply(content)
		case !c.resize && f.mood >= mixed:
			content = f.tear(content, c)
		}
	}
	return content
}

// tear applies a part of a write.
func (f fate) tear(content []byte, c change) []byte {
	end := c.at + int64(len(c.data))
	switch f.rng.IntN(5) {
	case 0:
		return content
	case 1:
		return c.apply(content)
	case 2: // a prefix of bytes
		return change{at: c.at, data: c.data[:f.rng.IntN(len(c.data)+1)]}.apply(content)
	case 3: // the size without the data
		return resize(content, max(end, int64(len(content))))
	}
	if f.rng.IntN(2) == 0 {
		content = resize(content, max(end, int64(len(content))))
	}
	for start := c.at; start < end; { // any subset of sectors
		next := min(end, (start/sector+1)*sector)
		if f.rng.IntN(2) == 0 {
			content = change{at: start, data: c.data[start-c.at : next-c.at]}.apply(content)
		}
		start = next
	}
	return content
}

package file

import (
	"slices"
	"time"
)

// held is an open file whose deletion the guard waits for.
type held struct {
	found
	handle  handle
	gone    bool      // it has no name any more
	copied  int64     // up to here
	retryAt time.Time // after a copy that failed: it may have cost the disk as much as one that did not
}

// final tells whether its writer had closed a file.
func (f found) final() bool { return f.kind == lumberjack || f.gz }

func (h *held) copyName(base string, seq uint64) string {
	if h.final() {
		return linkName(base, seq, h.gz)
	}
	return linkName(base, seq, false) + openSuffix
}

// refresh looks at a file through its descriptor: its names may be gone.
func (h *held) refresh(scratch []byte) error {
	i, err := h.handle.Stat()
	if err != nil {
		return err
	}
	h.gone, h.info, h.last = i.links == 0, i, i.mtime
	if h.gz {
		return nil
	}
	h.size = i.size
	h.identify(scratch)
	return nil
}

// identify learns which file it is. One that was truncated is another one to everybody else.
func (h *held) identify(scratch []byte) {
	same, err := h.head.stands(h.handle, scratch)
	if err != nil || same && h.head.whole {
		return // what can't be read now is perhaps the next time
	}
	if !same {
		h.copied = 0
	}
	if head, err := readHead(&sequential{h.handle, 0}, scratch); err == nil {
		h.head = head
	}
}

// mayGrow tells whether a deleted file is perhaps still written to, or was since it was copied: one that its writer had not
// closed, while no newer log holds data.
func (h *held) mayGrow(list listing) bool {
	return h.gone && !h.final() && (list.live == nil || list.live.size == 0 || h.copied < h.info.size)
}

// empty tells whether there is nothing in a file, or in what a power failure left of a compressed one: that counts as one byte.
func (h *held) empty() bool { return h.size == 0 || h.info.size == 0 }

// compressed tells whether the guard holds what a deleted file was compressed to.
func (g *guard) compressed(h *held) bool {
	return !h.gz && slices.ContainsFunc(g.held, func(o *held) bool { return o.gz && o.key() == h.key() && o.size >= h.size })
}

// boundOpen gives up the oldest of the deleted files that are open and can't be copied, when they are more than the budget.
func (g *guard) boundOpen(list listing) {
	uncopied, bytes := []*held(nil), int64(0)
	for _, h := range g.held {
		if h.gone && h.copied < h.info.size {
			uncopied, bytes = append(uncopied, h), bytes+h.info.size
		}
	}
	for _, h := range uncopied {
		if bytes <= int64(g.in.cfg.GuardBytes) {
			return
		}
		bytes -= h.info.size
		g.giveUpOpen(h, list)
	}
}

// giveUpOpen leaves a note in place of a deleted file that is open.
func (g *guard) giveUpOpen(h *held, list listing) {
	g.seq++
	g.tell(h.found, list, g.seq)
	h.handle.Close()
	g.held = slices.DeleteFunc(g.held, func(o *held) bool { return o == h })
}

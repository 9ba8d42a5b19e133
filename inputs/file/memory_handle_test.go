package file

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"syscall"
)

// Watch tells of new logs alone: nobody sleeps here.
func (m *memory) Watch(string) (watch, error) {
	if m.deaf {
		return nil, syscall.ENOSPC
	}
	return &memoryWatch{m, len(m.logs)}, nil
}

type memoryWatch struct {
	m     *memory
	taken int
}

func (w *memoryWatch) Take(each func(event)) error {
	w.m.call()
	for ; w.taken < len(w.m.logs); w.taken++ {
		each(event{"audit.log", w.m.logs[w.taken]})
	}
	return nil
}

func (w *memoryWatch) Ready() <-chan struct{} { return nil }
func (w *memoryWatch) Close() error           { return nil }

type memoryHandle struct {
	m      *memory
	n      *node
	opened int // turn
}

func (h *memoryHandle) ReadAt(p []byte, off int64) (int, error) {
	h.m.call()
	n := copy(p, h.n.data[min(off, int64(len(h.n.data))):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (h *memoryHandle) Close() error {
	if h.m.open[h] {
		actor := h.m.actor
		if actor == "guard" || actor != "restart" && h.opened == h.m.turn {
			h.m.actor = "world" // it was only looked at, while somebody deleted it
		}
		delete(h.m.open, h)
		h.n.handles--
		h.m.release(h.n)
		h.m.actor = actor
	}
	return nil
}

// kill closes what the agent has open.
func (m *memory) kill() {
	m.actor = "restart"
	for _, h := range slices.SortedFunc(maps.Keys(m.open), func(a, b *memoryHandle) int { return cmp.Compare(a.n.birth, b.n.birth) }) {
		h.Close()
	}
	m.actor = "agent"
}

func (h *memoryHandle) Stat() (info, error) {
	h.m.call()
	return h.n.info(), nil
}

func (h *memoryHandle) Birth() uint64 {
	if h.m.births {
		return h.n.birth
	}
	return 0
}

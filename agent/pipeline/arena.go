package pipeline

import "github.com/auditship/auditship/agent/buffers"

// arena is the memory of a batch, in buffers that are used again by whichever batch needs them next. So a batch has as much as is in
// it, and none keeps what one long record once needed.
type arena struct {
	taken  [][]byte // with something in them
	free   []byte   // empty, with the room that is left in one of them
	spare  []byte   // empty, and nothing is in it yet; nil: none
	spared bool     // the last room was spare, not free
	used   int      // bytes that are kept
	held   int      // bytes that they are kept in
}

// room is an empty slice that has room for so many bytes at least, to be appended to and then given to keep.
func (a *arena) room(bytes int) []byte {
	if a.spared = bytes > cap(a.free); !a.spared {
		return a.free
	}
	if bytes > cap(a.spare) {
		buffers.Put(a.spare)
		a.spare = buffers.Get(bytes)[:0]
	}
	return a.spare
}

// keep makes what was appended to the last room last as long as the batch does. Where that was too small, so that it was moved,
// parts of it may lie there still: then nothing else comes there.
func (a *arena) keep(content []byte) {
	if len(content) == 0 {
		return
	}
	a.used += len(content)
	room := a.free
	if a.spared {
		room = a.spare
	}
	rest := content[len(content):]
	if moved := cap(content) != cap(room) || &content[0] != &room[:1][0]; moved {
		a.held += cap(content)
		rest = nil
	}
	if !a.spared {
		a.free = rest
		return
	}
	a.spare = nil
	a.take(room, rest)
}

// adopt keeps a record in the buffer that it has to itself.
func (a *arena) adopt(record []byte) []byte {
	a.used += len(record)
	a.take(record, record[len(record):])
	return record[:len(record):len(record)]
}

// take makes a buffer the arena's. Where there is more room in the rest of it than elsewhere, that is used.
func (a *arena) take(buffer, rest []byte) {
	a.held += cap(buffer)
	a.taken = append(a.taken, buffer)
	if cap(rest) > cap(a.free) {
		a.free = rest
	}
}

// store keeps a copy of a record.
func (a *arena) store(record []byte) []byte {
	content := append(a.room(len(record)), record...)
	a.keep(content)
	return content[:len(content):len(content)]
}

// spent is how many bytes of memory this batch has and can't put anything into any more.
func (a *arena) spent() int { return a.held - cap(a.free) }

// release gives everything back: nothing must refer to it any more.
func (a *arena) release() {
	for _, buffer := range a.taken {
		buffers.Put(buffer)
	}
	buffers.Put(a.spare)
	clear(a.taken)
	*a = arena{taken: a.taken[:0]}
}

// Package buffers has memory that is used again: whoever needs much of it for a while, such as a batch, or a long line on its way
// from the log to a request, takes it here, and all of them together have as much as they use at one time. What nobody has needed
// for a while is let go.
package buffers

import "sync"

// The sizes that are used again.
const (
	Small  = 256 << 10
	Medium = 512 << 10
	Large  = 1 << 20
)

var stocks = [...]stock{{size: Small}, {size: Medium}, {size: Large}}

// stock has the buffers of one size that nobody uses.
type stock struct {
	size  int
	mu    sync.Mutex
	free  [][]byte
	least int // how many there were all the time since the last Trim
}

// Get is a buffer of a length, with the capacity of its size, or of a larger one of which there is one that nobody uses. Its content
// is anything. One beyond Large is new.
func Get(length int) []byte {
	fit := 0
	for fit < len(stocks) && stocks[fit].size < length {
		fit++
	}
	for i := fit; i < len(stocks); i++ {
		if buffer := stocks[i].get(); buffer != nil {
			return buffer[:length]
		}
	}
	if fit < len(stocks) {
		return make([]byte, stocks[fit].size)[:length]
	}
	return make([]byte, length)
}

// Put gives back what Get gave, from its beginning on: nobody must look at it any more. What is of no size that is used again, as
// nil and what append has moved, is let go.
func Put(buffer []byte) {
	for i := range stocks {
		if s := &stocks[i]; cap(buffer) == s.size {
			s.put(buffer)
		}
	}
}

// Grow makes room for so many bytes more in what Get gave; it may be another buffer then.
func Grow(buffer []byte, bytes int) []byte {
	if len(buffer)+bytes <= cap(buffer) {
		return buffer
	}
	wider := append(Get(len(buffer) + bytes)[:0], buffer...)
	Put(buffer)
	return wider
}

// Trim lets go of what nobody has needed since the last Trim.
func Trim() {
	for i := range stocks {
		stocks[i].trim()
	}
}

// get is nil where there is none.
func (s *stock) get() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.free) - 1
	if last < 0 {
		return nil
	}
	buffer := s.free[last] // which is in the processor's cache still, perhaps
	s.free[last] = nil
	s.free = s.free[:last]
	s.least = min(s.least, last)
	return buffer
}

func (s *stock) put(buffer []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, buffer)
}

func (s *stock) trim() {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := copy(s.free, s.free[s.least:])
	clear(s.free[kept:])
	s.free, s.least = s.free[:kept], kept
}

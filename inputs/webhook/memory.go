package webhook

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Memory bounds what the inputs of a process hold of requests, in bytes. Each request takes what it needs as its bytes arrive, so that
// one that trickles holds next to nothing.
type Memory struct {
	now func() time.Time

	mu     sync.Mutex
	most   int64
	held   int64
	inputs int64
	open   map[*share]struct{}
}

const (
	lightest    = 32 << 10                      // a connection, what was read of it last, and the first records
	heaviest    = longest * 3 / 2               // the longest buffer, and the one before it, half as long, while it is copied
	leastMemory = (heaviest + lightest) * 4 / 3 // what one input may use of it, where there are several, is three quarters
)

// NewMemory makes one of so many bytes, see Bounded.
func NewMemory(bytes int64) *Memory {
	return &Memory{now: time.Now, most: Bounded(bytes), open: map[*share]struct{}{}}
}

// Bounded is how many bytes there are where there should be so many: the longest item has to pass.
func Bounded(bytes int64) int64 { return max(bytes, leastMemory) }

// Resize changes how many bytes there are. What is held stays.
func (m *Memory) Resize(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.most = Bounded(bytes)
}

// divide says how many inputs there are.
func (m *Memory) divide(inputs int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inputs = int64(inputs)
}

// share is what one request holds.
type share struct {
	of      *Memory
	in      *Input
	bytes   int64
	since   time.Time
	came    atomic.Int64 // bytes
	storing atomic.Bool  // it waits for the disk, and not for its sender
	hangUp  func()       // ends the wait for its sender
	hungUp  bool
}

// errBusy says that there is no memory for more.
var errBusy = errors.New("too much at a time")

// admit begins a request; errBusy: there is no memory for it.
func (m *Memory) admit(in *Input, hangUp func()) (*share, error) {
	s := &share{of: m, in: in, since: m.now(), hangUp: hangUp}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.take(s, lightest); err != nil {
		return nil, err
	}
	m.open[s] = struct{}{}
	return s, nil
}

func (s *share) grow(bytes int) error {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	return s.of.take(s, int64(bytes))
}

func (s *share) shrink(bytes int) {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.of.give(s, int64(bytes))
}

// end gives back all of it.
func (s *share) end() {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.of.give(s, s.bytes)
	delete(s.of.open, s)
}

// take is for whoever has the lock. An input that holds more than its part leaves a quarter of all to the others.
func (m *Memory) take(s *share, bytes int64) error {
	room := m.most
	if m.inputs > 1 && s.in.held+bytes > m.most/m.inputs {
		room -= m.most / 4
	}
	if m.held+bytes > room {
		m.hurry()
		return errBusy
	}
	m.give(s, -bytes)
	return nil
}

func (m *Memory) give(s *share, bytes int64) {
	s.bytes -= bytes
	s.in.held -= bytes
	m.held -= bytes
}

// Whoever sends less than slowRate, bytes in a second, after slowAfter has to give way to others when memory is short. Where nobody needs
// it, an API server behind a slow link may take the 30 s that it gives itself.
const (
	slowRate  = 64 << 10
	slowAfter = 5 * time.Second
)

// hurry hangs up on those who are slow. Who is refused because of them comes again soon.
func (m *Memory) hurry() {
	now := m.now()
	for s := range m.open {
		took := now.Sub(s.since)
		if took > slowAfter && !s.storing.Load() && s.came.Load() < slowRate*int64(took/time.Second) {
			s.hungUp = true
			s.hangUp()
		}
	}
}

// slow tells whether the sender was hung up on.
func (s *share) slow() bool {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	return s.hungUp
}

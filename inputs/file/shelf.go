package file

import "sync"

// shelf has the large lines that readers hold at present. Readers that stand at the same one share it: where all outputs are away,
// all of their readers may.
type shelf struct {
	mu    sync.Mutex
	lines map[place]*shelved
}

// place is where a line is: in a file that has a whole first line.
type place struct {
	file     identity
	opened   inode
	from, to int64
}

// whose tells which file the reader is in.
func (r *reader) whose() (file identity, opened inode, ok bool) {
	if r.cur == nil || !r.cur.Whole {
		return identity{}, inode{}, false
	}
	return r.cur.ID, r.cur.opened, true
}

// shelved is a line, which nobody may change.
type shelved struct {
	place
	readers int
	once    sync.Once
	text    []byte
	err     error
}

// take gives the line at a place, read by read if nobody holds it. Whoever takes a line gives it back, but with an error.
func (s *shelf) take(at place, read func([]byte) error) (*shelved, error) {
	s.mu.Lock()
	line := s.lines[at]
	if line == nil {
		line = &shelved{place: at}
		if s.lines == nil {
			s.lines = map[place]*shelved{}
		}
		s.lines[at] = line
	}
	line.readers++
	s.mu.Unlock()
	line.once.Do(func() {
		text := newLong(int(at.to - at.from))
		if line.err = read(text); line.err == nil {
			line.text = text
		}
	})
	if line.err != nil {
		s.give(line)
		return nil, line.err
	}
	return line, nil
}

func (s *shelf) give(line *shelved) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if line.readers--; line.readers == 0 {
		delete(s.lines, line.place)
	}
}

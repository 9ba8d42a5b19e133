//go:build fault_checkpoint_fsync

package checkpoint

import "fmt"

// write is a planted fault, which the tests have to find: it leaves the slot in the page cache.
func (s *Store) write(generation uint64, content []byte) error {
	f, err := s.open(int(generation % 2))
	if err != nil {
		return fmt.Errorf("open checkpoint: %w", err)
	}
	if _, err := f.WriteAt(content, 0); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	return nil
}

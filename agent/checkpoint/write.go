//go:build !fault_checkpoint_fsync

package checkpoint

import "fmt"

// write makes a slot durable.
func (s *Store) write(generation uint64, content []byte) error {
	f, err := s.open(int(generation % 2))
	if err != nil {
		return fmt.Errorf("open checkpoint: %w", err)
	}
	if _, err := f.WriteAt(content, 0); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync checkpoint: %w", err)
	}
	return nil
}

//go:build !fault_output_fsync

package file

import (
	"fmt"

	"github.com/auditship/auditship/agent/disk"
)

// settle makes what was written to a file durable.
func settle(f disk.File) error {
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

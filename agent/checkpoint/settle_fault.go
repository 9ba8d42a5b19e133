//go:build fault_checkpoint_fsync

package checkpoint

import "github.com/auditship/auditship/agent/disk"

// settle is a planted fault, which the tests have to find: it leaves the slot in the page cache.
func settle(disk.File) error { return nil }

//go:build !fault_checkpoint_fsync

package checkpoint

import "github.com/auditship/auditship/agent/disk"

// settle makes what was written durable.
func settle(f disk.File) error { return f.Sync() }

//go:build fault_output_fsync

package file

import "github.com/auditship/auditship/agent/disk"

// settle is a planted fault, which the tests have to find: it leaves lines in the page cache.
func settle(disk.File) error { return nil }

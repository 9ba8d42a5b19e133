package main

import (
	"encoding/binary"
	"fmt"
	"syscall"
)

// Of linux/capability.h.
const (
	dacReadSearch  = 2          // CAP_DAC_READ_SEARCH: read any file, search any directory
	revision2      = 0x02000000 // VFS_CAP_REVISION_2
	effective      = 0x000001   // VFS_CAP_FLAGS_EFFECTIVE: what is permitted is raised at exec
	capabilityName = "security.capability"
)

// capability is struct vfs_cap_data: the flags, then permitted and inheritable, each in two halves.
func capability() []byte {
	data := make([]byte, 20)
	binary.LittleEndian.PutUint32(data, revision2|effective)
	binary.LittleEndian.PutUint32(data[4:], 1<<dacReadSearch)
	return data
}

// grantReading does what `setcap cap_dac_read_search+ep` does. A process that is not root gets that capability by executing
// the file, if its container has it in the bounding set (`capabilities: add`); else the kernel refuses to execute it.
func grantReading(path string) error {
	if err := syscall.Setxattr(path, capabilityName, capability(), 0); err != nil {
		return fmt.Errorf("set the file capability of %s: %w", path, err)
	}
	return nil
}

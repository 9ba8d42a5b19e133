// Package libpf stands in for go.opentelemetry.io/ebpf-profiler, which the Elasticsearch exporter needs to serialize
// profiles and whose pinned version the checksum database may not know. The comparison ships no profiles: these types only
// let it compile.
package libpf

import (
	"errors"

	"go.opentelemetry.io/ebpf-profiler/libpf/basehash"
)

// FileID names an executable.
type FileID struct{ basehash.Hash128 }

// NewFileID joins two halves.
func NewFileID(hi, lo uint64) FileID { return FileID{basehash.New128(hi, lo)} }

// FileIDFromBytes takes 16 bytes.
func FileIDFromBytes(b []byte) (FileID, error) {
	h, err := basehash.New128FromBytes(b)
	return FileID{h}, err
}

// FileIDFromString is not needed without profiles.
func FileIDFromString(string) (FileID, error) { return FileID{}, errors.ErrUnsupported }

// IsZero tells an ID that is not set.
func (id FileID) IsZero() bool { return id == FileID{} }

// AddressOrLineno is a place in an executable.
type AddressOrLineno uint64

// FrameType is the kind of a stack frame.
type FrameType uint8

// FrameTypeFromString is not needed without profiles.
func FrameTypeFromString(string) FrameType { return 0 }

// IsError is not needed without profiles.
func (FrameType) IsError() bool { return false }

// Package libpf stands in for go.opentelemetry.io/ebpf-profiler, which the Elasticsearch exporter needs to serialize
// profiles and whose pinned version the checksum database may not know. The comparison ships no profiles: these types only
// let it compile.
package libpf

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// FileID names an executable.
type FileID [16]byte

// NewFileID joins two halves.
func NewFileID(hi, lo uint64) (id FileID) {
	binary.BigEndian.PutUint64(id[:8], hi)
	binary.BigEndian.PutUint64(id[8:], lo)
	return id
}

// FileIDFromBytes takes 16 bytes.
func FileIDFromBytes(b []byte) (id FileID, err error) {
	if copy(id[:], b) != len(id) {
		return id, errors.New("a file ID has 16 bytes")
	}
	return id, nil
}

// FileIDFromString is not needed without profiles.
func FileIDFromString(string) (FileID, error) { return FileID{}, errors.ErrUnsupported }

// Bytes is the ID itself.
func (id FileID) Bytes() []byte { return id[:] }

// IsZero tells an ID that is not set.
func (id FileID) IsZero() bool { return id == FileID{} }

// Base64 is how documents write it.
func (id FileID) Base64() string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// AddressOrLineno is a place in an executable.
type AddressOrLineno uint64

// FrameType is the kind of a stack frame.
type FrameType uint8

// FrameTypeFromString is not needed without profiles.
func FrameTypeFromString(string) FrameType { return 0 }

// IsError is not needed without profiles.
func (FrameType) IsError() bool { return false }

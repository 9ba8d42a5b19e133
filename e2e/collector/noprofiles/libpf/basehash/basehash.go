// Package basehash stands in for the profiler's, see package libpf.
package basehash

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// Hash128 names a stack trace.
type Hash128 [16]byte

// New128 joins two halves.
func New128(hi, lo uint64) (h Hash128) {
	binary.BigEndian.PutUint64(h[:8], hi)
	binary.BigEndian.PutUint64(h[8:], lo)
	return h
}

// New128FromBytes takes 16 bytes.
func New128FromBytes(b []byte) (h Hash128, err error) {
	if copy(h[:], b) != len(h) {
		return h, errors.New("a hash has 16 bytes")
	}
	return h, nil
}

// Bytes is the hash itself.
func (h Hash128) Bytes() []byte { return h[:] }

// Base64 is how documents write it.
func (h Hash128) Base64() string { return base64.RawURLEncoding.EncodeToString(h[:]) }

package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"

	"github.com/auditship/auditship/agent/event"
)

// prefix is what a hash begins with, and gone is what stands for what a rule removes.
const (
	prefix = "hmac:"
	gone   = "removed"
)

// hashBytes of HMAC-SHA-256 are shown.
const hashBytes = 16

// hasher makes the texts that stand for secrets.
type hasher struct {
	mac hash.Hash
	sum [sha256.Size]byte
}

func newHasher(key []byte) hasher { return hasher{mac: hmac.New(sha256.New, key)} }

// appendHash appends what stands for a value.
func (h *hasher) appendHash(dst, value []byte) []byte {
	h.mac.Reset()
	h.mac.Write(value)
	sum := h.mac.Sum(h.sum[:0])
	return hex.AppendEncode(append(dst, prefix...), sum[:hashBytes])
}

// appendPlain appends what a JSON string says: its text, or what that says in base64.
func appendPlain(dst, value []byte, c class) []byte {
	start := len(dst)
	dst = event.AppendResolved(dst, value[1:len(value)-1])
	if c != base64Secret {
		return dst
	}
	text := dst[start:]
	if n, err := base64.StdEncoding.Decode(text, text); err == nil { // in place: it writes behind what it has read
		return dst[:start+n]
	}
	return event.AppendResolved(dst[:start], value[1:len(value)-1]) // what it has written over
}

// Package checkpoint keeps the position of each pipeline on disk. A checkpoint lies in two slots that are overwritten in
// turn, each with a generation and a checksum: a torn write damages the older one of two, never both.
package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/auditship/auditship/agent/identity"
	"github.com/auditship/auditship/agent/ledger"
)

// Checkpoint is the committed position of one pipeline and all that must move with it in one write.
type Checkpoint struct {
	Input  string `json:"input"`
	Output string `json:"output"`

	Cursor json.RawMessage `json:"cursor,omitempty"` // everything before it is done for good; see inputs.Cursor
	State  []byte          `json:"state,omitempty"`  // the output's; see outputs.Ack and outputs.Resume

	// Pending is the number of events behind the cursor that were about to be written when the output saved its state.
	Pending int `json:"pending,omitempty"`

	// Clean says that the agent stopped with nothing in flight: nothing behind the cursor was ever sent.
	Clean bool `json:"clean,omitempty"`

	Counts ledger.Counts `json:"counts"`         // the books at the cursor: nothing in flight
	Gaps   []ledger.Gap  `json:"gaps,omitempty"` // the latest of those that Counts has

	// Mints are tokens that were made before the cursor, the oldest first: events behind it are enriched with them.
	Mints []identity.Mint `json:"mints,omitempty"`

	// Replayed is the number of the last replay of dead letters whose outcome is in Counts: after a crash it is not booked again.
	Replayed uint64 `json:"replayed,omitempty"`

	Time time.Time `json:"time"` // when it was written
}

const (
	magic = "auditship checkpoint v1"
	block = 4096 // slots grow by whole blocks, so that a commit seldom changes the size of a file
)

// encode gives a slot's content: a line with generation, length and checksum, the checkpoint as JSON, and newlines up
// to a whole block.
func encode(c *Checkpoint, generation uint64) ([]byte, error) {
	body, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode checkpoint: %w", err)
	}
	var slot bytes.Buffer
	fmt.Fprintf(&slot, "%s generation %d bytes %d sha256 %x\n", magic, generation, len(body), checksum(generation, body))
	slot.Write(body)
	padding := block - slot.Len()%block
	slot.Write(bytes.Repeat([]byte("\n"), padding))
	return slot.Bytes(), nil
}

// decode is the reverse of encode.
func decode(slot []byte) (c *Checkpoint, generation uint64, err error) {
	header, rest, found := bytes.Cut(slot, []byte("\n"))
	if !found {
		return nil, 0, errors.New("it does not begin as a checkpoint")
	}
	var length int
	var sum []byte
	if _, err := fmt.Sscanf(string(header), magic+" generation %d bytes %d sha256 %x", &generation, &length, &sum); err != nil {
		return nil, 0, errors.New("it does not begin as a checkpoint")
	}
	if length < 0 || length > len(rest) {
		return nil, 0, fmt.Errorf("%d bytes announced, %d there", length, len(rest))
	}
	body := rest[:length]
	if want := checksum(generation, body); !bytes.Equal(sum, want[:]) {
		return nil, 0, errors.New("its checksum differs")
	}
	c = &Checkpoint{}
	if err := json.Unmarshal(body, c); err != nil {
		return nil, 0, fmt.Errorf("read JSON: %w", err)
	}
	return c, generation, nil
}

func checksum(generation uint64, body []byte) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d\n%s", generation, body))
}

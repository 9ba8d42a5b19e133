// Package check verifies what a shipper wrote, event by event: a figure counts only after that.
package check

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"slices"

	"github.com/auditship/auditship/e2e/bench/corpus"
)

// Expected is the set of events that must arrive: of each audit ID and stage a hash of 64 bits, so that a log of 10 GB can
// be verified, too.
type Expected struct {
	seed   maphash.Seed
	events map[uint64]struct{}
}

// Len is how many events there must be.
func (e *Expected) Len() int { return len(e.events) }

// event has what verification looks at; what was added to it stands at the top or in an object of its own.
type event struct {
	AuditID, Stage, Verb string
	User                 struct{ Username string }
	added
	Auditship added
	Body      struct{ Structured *event } // how the Collector's documents hold it
}

type added struct{ Cluster, Node string }

// FromLog reads a log, by means of encoding/json.
func FromLog(path string, filter corpus.Filter) (*Expected, error) {
	expected := &Expected{seed: maphash.MakeSeed(), events: map[uint64]struct{}{}}
	err := eachLine(path, func(line []byte) error {
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			return err
		}
		if !slices.Contains(filter.Users, e.User.Username) || !slices.Contains(filter.Verbs, e.Verb) {
			expected.events[expected.hash(&e)] = struct{}{}
		}
		return nil
	})
	return expected, err
}

func (e *Expected) hash(event *event) uint64 {
	return maphash.String(e.seed, event.AuditID+"\x00"+event.Stage)
}

// Verify reads an output, lines of events or of OTLP: each expected event must be in it exactly once, with what is to be
// added, and nothing else.
func (e *Expected) Verify(path, cluster, node string) error {
	seen := make(map[uint64]struct{}, len(e.events))
	one := func(event *event, with added) error {
		hash := e.hash(event)
		if _, expected := e.events[hash]; !expected {
			return fmt.Errorf("event %q is not expected", event.AuditID)
		}
		if _, again := seen[hash]; again {
			return fmt.Errorf("event %q is there twice", event.AuditID)
		}
		if with != (added{cluster, node}) {
			return fmt.Errorf("event %q has cluster %q and node %q", event.AuditID, with.Cluster, with.Node)
		}
		seen[hash] = struct{}{}
		return nil
	}
	if err := eachLine(path, func(line []byte) error { return eachEvent(line, one) }); err != nil {
		return err
	}
	if missing := len(e.events) - len(seen); missing > 0 {
		return fmt.Errorf("%d of %d events are missing", missing, len(e.events))
	}
	return nil
}

func eachEvent(line []byte, f func(*event, added) error) error {
	if isOTLP(line) {
		return eachOTLP(line, f)
	}
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		return err
	}
	switch {
	case e.Body.Structured != nil:
		return f(e.Body.Structured, e.Body.Structured.added)
	case e.added == (added{}):
		return f(&e, e.Auditship)
	}
	return f(&e, e.added)
}

func eachLine(path string, f func(line []byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	reader := bufio.NewReaderSize(file, 1<<20)
	var long []byte
	for number := 1; ; number++ {
		line, err := reader.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long[:0], line...)
			for errors.Is(err, bufio.ErrBufferFull) {
				line, err = reader.ReadSlice('\n')
				long = append(long, line...)
			}
			line = long
		}
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err == nil {
			err = f(line)
		}
		if err != nil {
			return fmt.Errorf("read %s, line %d: %w", path, number, err)
		}
	}
}

package verify

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// Census is what a Log is, for logs too large to be kept: the IDs of their lines. An ID is the digest of its line, so that what was
// delivered is held against the ID that it has.
type Census struct{ ids []ID }

// Add puts a line in, without its newline.
func (c *Census) Add(line []byte) { c.ids = append(c.ids, Sum(line)) }

// Join puts in what another one holds.
func (c *Census) Join(other *Census) { c.ids = append(c.ids, other.ids...) }

// Len is how many lines there are.
func (c *Census) Len() int { return len(c.ids) }

// Compare holds what an output has against the lines. It must be one that names what it holds by the ID.
func (c *Census) Compare(output string, deliveries Deliveries) (*Result, error) {
	result := &Result{Output: output, Want: len(c.ids)}
	got := make([]ID, 0, len(c.ids))
	for delivery, err := range deliveries {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", output, err)
		}
		result.Got++
		id, err := ParseID(delivery.ID)
		if err != nil {
			result.Extra++
			result.example("no name: %v", err)
			continue
		}
		got = append(got, id)
		if err := holds(delivery.Body, id); err != nil {
			result.Altered++
			result.example("%v: %v", id, err)
		}
	}
	result.match(c.ids, got)
	return result, nil
}

// holds tells whether a body is the line with an ID, byte by byte, with nothing but members of the agent's behind.
func holds(body []byte, id ID) error {
	at := bytes.LastIndex(body, []byte(`,"auditship":{`))
	if at < 0 {
		return errors.New("no auditship object")
	}
	line := append(bytes.Clone(body[:at]), '}')
	if Sum(line) != id {
		return errors.New("another line than its ID says")
	}
	return nil
}

// match counts what only one of them holds. Both are sorted.
func (r *Result) match(want, got []ID) {
	slices.SortFunc(want, compareIDs)
	slices.SortFunc(got, compareIDs)
	for i, j := 0, 0; i < len(want) || j < len(got); {
		order := -1
		if i == len(want) {
			order = 1
		} else if j < len(got) {
			order = compareIDs(want[i], got[j])
		}
		switch {
		case order == 0:
			i, j = i+1, j+1
		case order < 0:
			r.Missing++
			r.example("missing: %v", want[i])
			i++
		case j > 0 && got[j] == got[j-1]:
			r.Doubled++
			r.example("once more: %v", got[j])
			j++
		default:
			r.Extra++
			r.example("extra: %v", got[j])
			j++
		}
	}
}

func compareIDs(a, b ID) int { return bytes.Compare(a[:], b[:]) }

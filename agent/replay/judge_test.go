package replay

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk/disktest"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/ledger"
)

func (c *crashes) judge() {
	var want, left []string
	books := ledger.Counts{Read: uint64(len(c.verbs))}
	for n, verb := range c.verbs {
		switch verb {
		case "get":
			want = append(want, event.Sum(record(n, verb)).String())
			books.Delivered++
		case "watch":
			books.Filtered++
		default:
			left = append(left, string(record(n, verb)))
			books.DeadLettered++
		}
	}
	slices.Sort(want)
	if got := c.shipped(); !slices.Equal(got, want) {
		c.Damaged("delivered %v, want %v", got, want)
	}
	if got := c.read(letters); !slices.Equal(got, slices.Sorted(slices.Values(left))) {
		c.Damaged("left %q, want %q", got, left)
	}
	if got := c.read(Letters(stateDir)); len(got) > 0 {
		c.Damaged("the replay still has %q", got)
	}
	last, err := checkpoint.NewStore(c.Admin(), stateDir, quiet).Load()
	if err != nil {
		c.Damaged("load: %v", err)
	}
	last.Counts.Duplicate = 0
	if last.Counts != books || string(last.Cursor) != "7" || string(last.State) != "state" || last.Pending != 3 {
		c.Damaged("the checkpoint is %+v, want the books %+v and the rest as it was", last, books)
	}
}

// shipped is the IDs in the file, sorted.
func (c *crashes) shipped() (ids []string) {
	content, err := disktest.Read(c.Admin(), shipped)
	if err != nil {
		c.Damaged("read: %v", err)
	}
	for line := range strings.Lines(string(content)) {
		var e struct{ Auditship struct{ ID string } }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			c.Damaged("line %q: %v", line, err)
		}
		ids = append(ids, e.Auditship.ID)
	}
	slices.Sort(ids)
	return ids
}

func (c *crashes) read(path string) (records []string) {
	if err := deadletter.Read(c.Admin(), path, func(l deadletter.Letter) bool { records = append(records, string(l.Record)); return true }); err != nil {
		c.Damaged("read %s: %v", path, err)
	}
	slices.Sort(records)
	return records
}

package replay

import (
	"slices"
	"strconv"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/pipeline/pipelinetest"
)

func (c *crashes) judge() {
	var want, left []string
	books := ledger.Counts{Read: uint64(len(c.verbs))}
	for n, verb := range c.verbs {
		switch verb {
		case "get":
			want = append(want, strconv.Itoa(n))
			books.Delivered++
		case "watch":
			books.Filtered++
		default:
			left = append(left, string(record(n, verb)))
			books.DeadLettered++
		}
	}
	slices.Sort(want)
	got, err := pipelinetest.Shipped(c.Admin(), shipped)
	if slices.Sort(got); err != nil || !slices.Equal(got, want) {
		c.Damaged("delivered %v, %v, want %v", got, err, want)
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

func (c *crashes) read(path string) (records []string) {
	if err := deadletter.Read(c.Admin(), path, func(l deadletter.Letter) bool { records = append(records, string(l.Record)); return true }); err != nil {
		c.Damaged("read %s: %v", path, err)
	}
	slices.Sort(records)
	return records
}

package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/completeness"
	"github.com/auditship/auditship/agent/status"
)

func TestStatusShowsCompletenessOncePerInput(t *testing.T) {
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	a := &completeness.Report{Input: "a", Since: since, Events: 10, Missing: 3, Surplus: 1, Unwritten: map[string]uint64{"truncate": 5, "log": 2}, Failing: "timeout\x1b[2J"}
	b := &completeness.Report{Input: "b"}
	var out strings.Builder
	printServers(&out, []status.Pipeline{{Input: "a", Output: "x", Server: a}, {Input: "a", Output: "y", Server: a}, {Input: "b", Output: "x", Server: b}, {Input: "c", Output: "x"}})
	want := `server: a: 10 events counted since 2026-01-02T03:04:05Z, 3 missing in the log, 1 there and not counted, 2 not written (log), 5 not written (truncate); compared never; failing: timeout\x1b[2J
server: b: 0 events counted since ?, 0 missing in the log, 0 there and not counted; compared never
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

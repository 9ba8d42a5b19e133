package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/auditship/auditship/agent/completeness"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/agent/terminal"
)

// printServers prints how far each log is complete by what its API server says.
func printServers(to io.Writer, all []status.Pipeline) {
	last := ""
	for _, p := range all {
		if p.Server != nil && p.Input != last {
			fmt.Fprintln(to, terminal.Escape("server: "+p.Input+": "+completenessOf(p.Server)))
		}
		last = p.Input
	}
}

func completenessOf(r *completeness.Report) string {
	text := fmt.Sprintf("%d events counted since %s, %d missing in the log, %d there and not counted", r.Events, moment(r.Since), r.Missing, r.Surplus)
	for _, plugin := range slices.Sorted(maps.Keys(r.Unwritten)) {
		text += fmt.Sprintf(", %d not written (%s)", r.Unwritten[plugin], plugin)
	}
	text += "; compared " + ago(r.Checked)
	if r.Failing != "" {
		text += "; failing: " + r.Failing
	}
	return text
}

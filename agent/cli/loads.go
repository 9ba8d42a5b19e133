package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/auditship/auditship/agent/status"
)

// printLoads tells since when what files hold is in force, and where they hold something else by now.
func printLoads(to io.Writer, all []status.Pipeline) error {
	if len(all) == 0 {
		return nil
	}
	for _, l := range all[0].Loads {
		line := fmt.Sprintf("%s: %s: taken in %s, %s", l.Target, strings.Join(l.Files, ", "), moment(l.Loaded), ago(l.Loaded))
		if l.Failed != "" {
			line += "; what it holds now is NOT in force: " + strings.ReplaceAll(l.Failed, "\n", "; ")
		}
		if err := printLine(to, line); err != nil {
			return err
		}
	}
	return nil
}

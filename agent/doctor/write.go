package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/auditship/auditship/agent/terminal"
)

// Write prints results for people, and how many there are of each level.
func Write(to io.Writer, results []Result) error {
	var text strings.Builder
	count := map[Level]int{}
	for _, r := range results {
		count[r.Level]++
		fmt.Fprintf(&text, "%-8s %-14s ", r.Level, r.Check)
		if r.Where != "" {
			text.WriteString(terminal.Escape(r.Where) + ": ")
		}
		text.WriteString(terminal.Escape(r.What) + "\n")
		if r.Do != "" && r.Level != OK {
			text.WriteString(strings.Repeat(" ", 24) + "do: " + terminal.Escape(r.Do) + "\n")
		}
	}
	fmt.Fprintf(&text, "%d failures, %d warnings, %d ok\n", count[Failure], count[Warning], count[OK])
	_, err := io.WriteString(to, text.String())
	return err
}

// WriteJSON prints results as a JSON array.
func WriteJSON(to io.Writer, results []Result) error {
	if results == nil {
		results = []Result{}
	}
	encoder := json.NewEncoder(to)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(results)
}

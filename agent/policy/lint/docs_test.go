package lint

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDocs: docs/audit-policy.md lists every code with its severity, and no other.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile("../../../docs/audit-policy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(data), "| code |")
	for code, c := range Codes {
		if row := fmt.Sprintf("| `%s` | %s | ", code, c.Severity); !strings.Contains(table, row) {
			t.Errorf("no row %s", row)
		}
	}
	if rows := strings.Count(table, "\n| `"); rows != len(Codes) {
		t.Errorf("%d rows for %d codes", rows, len(Codes))
	}
}

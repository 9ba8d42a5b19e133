package loki

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/grafana/loki/pkg/push"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs/outputtest"
)

// checkEntry holds what Loki demands of an entry.
func checkEntry(t *testing.T, e *event.Event, entry push.Entry) {
	t.Helper()
	total, last, id := 0, "", ""
	for _, pair := range entry.StructuredMetadata {
		total += len(pair.Name) + len(pair.Value)
		if pair.Name <= last {
			t.Errorf("%q follows %q", pair.Name, last)
		}
		if pair.Value == "" || !utf8.ValidString(pair.Value) || len(pair.Value) > maxValue {
			t.Errorf("%s has a value of %d bytes, valid UTF-8: %t", pair.Name, len(pair.Value), utf8.ValidString(pair.Value))
		}
		if last = pair.Name; last == "id" {
			id = pair.Value
		}
	}
	if total > 64<<10 || len(entry.StructuredMetadata) > 128 || id != e.ID.String() {
		t.Errorf("%d pairs of %d bytes, id %q", len(entry.StructuredMetadata), total, id)
	}
	if entry.Line != string(e.AppendJSON(nil)) {
		t.Errorf("the line is %q", entry.Line)
	}
}

// All but the line of some real events, against a file that changes only when what makes an entry an entry changes: then
// repeats across an update of the agent are visible.
func TestEntriesStayTheSame(t *testing.T) {
	var events []event.Event
	for part := range slices.Chunk(outputtest.Events(t), 10) {
		events = append(events, part[0])
	}
	for i := range events {
		events[i].Actor = event.Actor{Kind: event.Human, Name: events[i].User.Username}
	}
	o := filled(t, events)
	var b strings.Builder
	for _, s := range sameAsGenerated(t, o).Streams {
		for _, e := range s.Entries {
			fmt.Fprintf(&b, "%s %s\n", s.Labels, e.Timestamp.UTC().Format("2006-01-02T15:04:05.000000000Z"))
			for _, pair := range e.StructuredMetadata {
				fmt.Fprintf(&b, "  %s=%q\n", pair.Name, pair.Value)
			}
		}
	}
	const golden = "testdata/entries.txt"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("entries differ from %s (UPDATE=1 rewrites it):\n%s", golden, difference(got, string(want)))
	}
}

func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d: got %s, want %s", i+1, g[i], w[i])
		}
	}
	return "one is longer"
}

func TestLongValuesEndInWholeCharacters(t *testing.T) {
	text := strings.Repeat("ü", maxValue)
	for lead := range 3 {
		got := []byte(strings.Repeat("x", lead) + text)
		if n := short(got); n > maxValue || n < maxValue-1 || !utf8.Valid(got[:n]) {
			t.Errorf("after %d bytes: %d bytes, valid: %t", lead, n, utf8.Valid(got[:n]))
		}
	}
}

func TestLevelComesFromTheCode(t *testing.T) {
	for code, want := range map[int]string{0: "info", 101: "info", 200: "info", 403: "warn", 500: "error", 504: "error"} {
		if got := levelOf(code); got != want {
			t.Errorf("%d: %s, want %s", code, got, want)
		}
	}
}

package elasticsearch

import (
	"strings"
	"testing"
)

func TestReadItems(t *testing.T) {
	for name, answer := range map[string]string{
		"plain":                    `{"errors":false,"items":[{"create":{"status":201}},{"create":{"status":409,"error":{"type":"version_conflict_engine_exception"}}}]}`,
		"usual first":              noErrors + created + `,{"create":{"status":409}}]}`,
		"items first, more behind": `{"items":[{"create":{"status":201}},{"create":{"status":409}}],"took":3,"x":{"items":[]}}`,
		"unfiltered":               `{"took":3,"ingest":{"items":[1]},"items":[{"create":{"_id":"1","status":201,"_shards":{"total":2}}},{"create":{"status":409,"error":{"type":"t","reason":"r","caused_by":{"type":"u"}}}}]}`,
	} {
		var got []int
		err := readItems(strings.NewReader(answer), 2, func(i int, item *answerItem) { got = append(got, i, item.Create.Status) })
		if err != nil || len(got) != 4 || got[1] != 201 || got[3] != 409 {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestReadItemsBelievesNothingElse(t *testing.T) {
	for name, answer := range map[string]string{
		"empty":             ``,
		"no JSON":           `<html>secret</html>`,
		"an array":          `[{"create":{"status":201}}]`,
		"no items":          `{"errors":false}`,
		"items of a kind":   `{"items":{"create":{"status":201}}}`,
		"too few":           `{"items":[{"create":{"status":201}}]}`,
		"too many":          `{"items":[{"create":{"status":201}},{"create":{"status":201}},{"create":{"status":201}}]}`,
		"no status":         `{"items":[{"create":{"status":201}},{"create":{}}]}`,
		"another action":    `{"items":[{"create":{"status":201}},{"index":{"status":201}}]}`,
		"another type":      `{"items":[{"create":{"status":201}},{"create":{"status":"secret"}}]}`,
		"cut in an item":    `{"items":[{"create":{"status":201}},{"create":{"sta`,
		"cut between items": `{"items":[{"create":{"status":201}},`,
		"cut behind items":  `{"items":[{"create":{"status":201}},{"create":{"status":201}}]`,
		"cut before items":  `{"took":3,"err`,
		"garbage in it":     `{"items":[{"create":{"status":201}},secret{"create":{"status":201}}]}`,
		"usual, too few":    noErrors + created + `]}`,
		"usual, too many":   noErrors + created + "," + created + "," + created + `]}`,
		"usual, a comma":    noErrors + created + "," + created + `,]}`,
		"usual, cut":        noErrors + created + "," + created + `,{"create":`,
		"usual, no comma":   noErrors + created + created + `]}`,
		"without an end":    `{"items":[` + strings.Repeat(" ", int(answerLimit(2))) + `{"create":{"status":201}},{"create":{"status":201}}]}`,
	} {
		err := readItems(strings.NewReader(answer), 2, func(int, *answerItem) {})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzReadItems(f *testing.F) {
	f.Add(`{"items":[{"create":{"status":201}},{"create":{"status":409}}]}`)
	f.Fuzz(func(t *testing.T, answer string) {
		n := 0
		if readItems(strings.NewReader(answer), 2, func(int, *answerItem) { n++ }) == nil && n != 2 {
			t.Errorf("%d items were used", n)
		}
	})
}

// BenchmarkReadItems tells what the answer for a thousand events costs.
func BenchmarkReadItems(b *testing.B) {
	answer := `{"errors":false,"items":[` + strings.TrimSuffix(strings.Repeat(`{"create":{"status":201}},`, 1000), ",") + `]}`
	b.ReportAllocs()
	for b.Loop() {
		if err := readItems(strings.NewReader(answer), 1000, func(int, *answerItem) {}); err != nil {
			b.Fatal(err)
		}
	}
}

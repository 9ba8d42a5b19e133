package loki

import (
	"testing"
	"time"

	"github.com/auditship/auditship/agent/event"
)

func TestLabelSets(t *testing.T) {
	sets := labelSets(map[string]string{"cluster": "prod", "node": `a"b\c`, "input": "", "job": "audit", "zone": "ü"})
	if len(sets) != streams {
		t.Fatalf("%d sets", len(sets))
	}
	seen := map[string]bool{}
	for _, set := range sets {
		seen[set] = true
	}
	if len(seen) != streams {
		t.Errorf("%d different sets", len(seen))
	}
	for s, want := range map[stream]string{
		0:           `{cluster="prod", hour="sun-00", job="audit", node="a\"b\\c", shard="0", zone="ü"}`,
		streams - 1: `{cluster="prod", hour="sat-23", job="audit", node="a\"b\\c", shard="3", zone="ü"}`,
	} {
		if sets[s] != want {
			t.Errorf("%d: %s, want %s", s, sets[s], want)
		}
	}
}

func TestStreamOf(t *testing.T) {
	for text, want := range map[string]string{
		"1970-01-01T00:00:00Z":           "thu-00",
		"2026-11-22T10:59:59.999999999Z": "sun-10",
		"2026-11-22T11:00:00Z":           "sun-11",
		"2026-11-28T23:59:59Z":           "sat-23",
		"2026-11-29T00:00:00Z":           "sun-00",
		"2261-12-31T23:00:00Z":           "tue-23",
	} {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []event.ID{{}, {1}, {255, 9}} {
			s := streamOf(at, id)
			if got := hourName(int(s) / shards); got != want || s.shard() != int(id[0])%shards {
				t.Errorf("%s, %v: %s, shard %d", text, id[0], got, s.shard())
			}
		}
	}
}

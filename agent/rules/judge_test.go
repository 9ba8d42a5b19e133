package rules

import (
	"fmt"
	"reflect"
	"testing"
)

func counts(j *Judge) map[string]uint64 {
	all := map[string]uint64{}
	j.Each(func(rule, result string, events uint64) { all[rule+" "+result] = events })
	return all
}

// TestCounts: every event counts once, for the rule that decided; what a rule is there for is shown before it happens.
func TestCounts(t *testing.T) {
	list := List{Name: "policy", NoMatch: RequestResponse, Rules: []Rule{
		{Name: "gone", Level: "None", Users: []string{"jane"}, Resources: core("pods")}, {Name: "thin", Level: "Metadata", Users: []string{"jane"}, Resources: core("nodes")},
		{Name: "odd", Level: "None", When: `object.spec.x == "y"`, Users: []string{"jane"}}, {Name: "late", Level: "None", OmitStages: []string{"Panic"}, Users: []string{"nobody"}}}}
	j := NewJudge(mustCompile(t, list))
	if got, want := counts(j), (map[string]uint64{"gone filtered": 0, "thin kept": 0, "odd filtered": 0, "late filtered": 0}); !reflect.DeepEqual(got, want) {
		t.Errorf("at first %v", got)
	}
	for _, e := range []string{getPod, getPod, listNodes, podLog, readyz} {
		j.Decide(decode(t, record(e)))
	}
	want := map[string]uint64{"gone filtered": 2, "thin kept": 0, "thin reduced": 1, "odd filtered": 0, "odd error": 1, "late filtered": 0}
	if got := counts(j); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestCountsOfBuiltInRules: they are shown, and nothing else is.
func TestCountsOfBuiltInRules(t *testing.T) {
	j := NewJudge(mustCompile(t, dropAll).Protected())
	j.Decide(decode(t, record(execPod)))
	want := map[string]uint64{"all filtered": 0, "protect: sessions kept": 1, "protect: sessions by proxy kept": 0, "protect: RBAC writes kept": 0, "protect: people and secrets kept": 0, "protect: refusals kept": 0}
	if got := counts(j); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

// TestExchange: other rules count from the next Refresh on; who keeps a name keeps its counts.
func TestExchange(t *testing.T) {
	list := func(name, level string) *Rules {
		return mustCompile(t, List{Name: "policy", NoMatch: RequestResponse, Rules: []Rule{{Name: name, Level: level}}})
	}
	e := decode(t, record(getPod))
	j := NewJudge(list("a", "None"))
	steps := []struct {
		rules   *Rules
		refresh bool
		want    Decision
		counts  map[string]uint64
	}{
		{nil, true, Decision{Rule: "a"}, map[string]uint64{"a filtered": 1}},
		{list("a", "Metadata"), false, Decision{Rule: "a"}, map[string]uint64{"a filtered": 2, "a kept": 0}},
		{nil, true, Decision{Level: Metadata, Rule: "a"}, map[string]uint64{"a filtered": 2, "a kept": 0, "a reduced": 1}},
		{list("b", "None"), true, Decision{Rule: "b"}, map[string]uint64{"b filtered": 1}},
	}
	for i, s := range steps {
		if s.rules != nil {
			j.Exchange(s.rules)
		}
		if s.refresh {
			j.Refresh()
		}
		if got := j.Decide(e); got != s.want {
			t.Errorf("step %d: %+v", i, got)
		}
		if got := counts(j); !reflect.DeepEqual(got, s.counts) {
			t.Errorf("step %d: %v, want %v", i, got, s.counts)
		}
	}
}

func TestDiff(t *testing.T) {
	a, b, c := Rule{Level: "None", Users: []string{"a"}}, Rule{Level: "None", Users: []string{"b"}}, Rule{Level: "None", Users: []string{"c"}}
	named, other := Rule{Name: "n", Level: "None"}, Rule{Name: "n", Level: "Metadata"}
	list := func(rules ...Rule) *Rules {
		return mustCompile(t, List{Name: "p", NoMatch: RequestResponse, Rules: rules}).Protected()
	}
	var many []Rule
	for i := range shownNames + 2 {
		many = append(many, Rule{Level: "None", Users: []string{fmt.Sprint(i)}})
	}
	tests := []struct {
		former, later *Rules
		want          string
	}{
		{list(a, b), list(a, b), "the same rules"},
		{list(a, b), list(a, c, b), "added: p[1]"},
		{list(a, b, c), list(b, c), "removed: p[0]"},
		{list(a, b), list(a, c), "changed: p[1]"},
		{list(a, named), list(other, b), "added: p[1]; removed: p[0]; changed: n"},
		{list(a, b), list(b, a), "in another order"},
		{list(a), list(a, a), "added: p[1]"},
		{list(a), mustCompile(t, List{Name: "p", NoMatch: RequestResponse, OmitStages: []string{"Panic"}, Rules: []Rule{a}}), "changed: p[no match]"},
		{list(), list(many...), "added: p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11], p[12], p[13], p[14], p[15], p[16], p[17], p[18], p[19], 2 more"},
	}
	for _, tt := range tests {
		if got := Diff(tt.former, tt.later); got.String() != tt.want || got.None() != (tt.want == "the same rules") {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	both := Diff(list(a), list(b))
	both.Merge(Diff(list(a), list(b, c)))
	if both.String() != "added: p[1]; changed: p[0]" {
		t.Errorf("merged: %q", both)
	}
}

package planted

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"testing"
)

// verdict is what go test -json told.
type verdict struct {
	ran    int      // tests, parts of tests not counted
	failed []string // names, the innermost part first
	output string   // of all
}

func judge(stdout []byte) (v verdict) {
	for line := range bytes.Lines(stdout) {
		var e struct{ Action, Test, Output string }
		if json.Unmarshal(line, &e) != nil {
			continue
		}
		v.output += e.Output
		switch {
		case e.Test == "":
		case e.Action == "run":
			v.ran++
		case e.Action == "fail":
			v.failed = append(v.failed, e.Test)
		}
	}
	if panics.MatchString(v.output) && len(v.failed) == 0 && v.ran > 0 {
		v.failed = append(v.failed, "a panic")
	}
	return v
}

var (
	panics = regexp.MustCompile(`(?m)^panic: |^fatal error: `)
	seeds  = regexp.MustCompile(`[A-Z_]*SEED=\d+(?:, first life stopped at call \d+)?|\bseed \d+`)
)

// seed is with which seed the tests found it; empty where no chance is involved.
func (v *verdict) seed() string {
	if seed := seeds.FindString(v.output); seed != "" {
		return " (" + seed + ")"
	}
	return ""
}

func TestJudge(t *testing.T) {
	v := judge([]byte(`{"Action":"run","Test":"TestA"}
{"Action":"output","Test":"TestA","Output":"AUDITSHIP_SEED=3, first life stopped at call 70, life 2: lost\n"}
{"Action":"fail","Test":"TestA/b"}
{"Action":"fail","Test":"TestA"}
{"Action":"fail"}`))
	if v.ran != 1 || !slices.Equal(v.failed, []string{"TestA/b", "TestA"}) || v.seed() != " (AUDITSHIP_SEED=3, first life stopped at call 70)" {
		t.Errorf("got %+v, seed %q", v, v.seed())
	}
	if v := judge([]byte(`{"Action":"fail"}`)); v.ran != 0 || len(v.failed) != 0 {
		t.Errorf("a build that failed: %+v", v)
	}
}

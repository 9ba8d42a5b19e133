package lint

import (
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/policy/coverage"
)

// allowed are the findings that a ready policy explains itself.
var allowed = map[string]string{
	"minimal.yaml": "json-patch", // it has no bodies, on purpose
}

// TestReadyPolicies: nothing is to be said of the policies for kube-apiserver. noise.yaml is for the agent.
func TestReadyPolicies(t *testing.T) {
	for _, name := range []string{"minimal.yaml", "recommended.yaml", "strict.yaml"} {
		for _, f := range check(t, filepath.Join("../../../configs/policies", name)) {
			if f.Severity != Info || f.Code != allowed[name] {
				t.Errorf("%+v", f)
			}
		}
	}
}

// TestReadyPoliciesCover: none of them loses what an investigation begins with, and each has at least what the one before it has.
func TestReadyPoliciesCover(t *testing.T) {
	levels := map[string]int{"None": 0, "Metadata": 1, "Request": 2, "RequestResponse": 3}
	before := map[string]int{}
	for _, name := range []string{"minimal.yaml", "recommended.yaml", "strict.yaml"} {
		p, err := policy.Load(filepath.Join("../../../configs/policies", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range coverage.Of(p, coverage.Callers()) {
			for _, l := range row.Levels {
				for _, a := range l.Requests {
					if a.Level == "None" && (l.Caller.Kind == "human" || row.ID != "configmap-read") {
						t.Errorf("%s: %s by a %s: %+v", name, row.ID, l.Caller.Kind, a)
					}
					key := row.ID + l.Caller.Kind + a.Verb + a.Resource + a.Path
					if levels[a.Level] < before[key] {
						t.Errorf("%s has less of %s than the policy before it", name, key)
					}
					before[key] = levels[a.Level]
				}
			}
		}
	}
}

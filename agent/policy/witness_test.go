package policy

import (
	"slices"
	"testing"

	"github.com/auditship/auditship/agent/rules"
)

// TestWitnesses: they match the rule that they stand for, and nobody else's whims.
func TestWitnesses(t *testing.T) {
	all := []rules.Rule{
		{Level: "None"},
		{Level: "None", Users: []string{"a", "b"}, UserGroups: []string{"g"}, Verbs: []string{"get", "create"}},
		{Level: "None", Namespaces: []string{"prod", ""}},
		{Level: "None", NonResourceURLs: []string{"/healthz*", "/version", "*"}},
		{Level: "None", Resources: []rules.GroupResources{{Resources: []string{"pods/*", "*/scale", "namespaces"}, ResourceNames: []string{"x", "y"}}, {Group: "*"}, {Group: "apps", Resources: []string{"*"}}}},
	}
	for i := range all {
		seen := 0
		for w := range Witnesses(&all[i]) {
			seen++
			p := &Policy{Inspection: rules.Inspection{List: rules.List{Rules: all[i : i+1], Upstream: true}}}
			var err error
			if p.compiled, err = rules.Compile(numbered(p.List)); err != nil {
				t.Fatal(err)
			}
			named := len(all[i].Resources) > 0 && w.Verb == "create"
			if p.Ask(w).Rule != 0 && !named {
				t.Errorf("rule %d does not match its witness %v", i, w)
			}
		}
		if seen == 0 {
			t.Errorf("no witness of rule %d", i)
		}
	}
}

// TestNarrowed keeps to the verbs and the place of the target.
func TestNarrowed(t *testing.T) {
	secrets := Target{Resource: "secrets", Namespaced: true, Verbs: []string{"get", "list"}}
	rule := rules.Rule{Users: []string{"a"}, Verbs: []string{"list", "delete"}, Namespaces: []string{"prod"}}
	got := slices.Collect(Narrowed(&rule, secrets))
	if len(got) != 1 || got[0].Verb != "list" || got[0].Namespace != "prod" || got[0].Resource != "secrets" {
		t.Errorf("%+v", got)
	}
	rule = rules.Rule{Resources: []rules.GroupResources{{Resources: []string{"secrets"}, ResourceNames: []string{"db"}}}}
	if got = slices.Collect(Narrowed(&rule, secrets)); len(got) != 4 { // two verbs, two names
		t.Errorf("%+v", got)
	}
	if got = slices.Collect(Narrowed(&rules.Rule{Verbs: []string{"patch"}}, secrets)); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	roles := Target{Group: "rbac.authorization.k8s.io", Resource: "clusterroles", Verbs: []string{"create"}}
	if got = slices.Collect(Narrowed(&rule, roles)); got[0].Namespace != "" {
		t.Errorf("%+v", got)
	}
}

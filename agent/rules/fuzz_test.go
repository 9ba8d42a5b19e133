package rules

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// located is the form of every line that tells what is wrong with a policy: with its line, unless it is about the whole file.
var located = regexp.MustCompile(`^p\.yaml:([1-9][0-9]*:)? .`)

// FuzzPolicy: whatever the file holds, there is a list that compiles, or an error that says where in the file.
func FuzzPolicy(f *testing.F) {
	noise, err := os.ReadFile("../../configs/policies/noise.yaml")
	if err != nil {
		f.Fatal(err)
	}
	head := "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n"
	for _, seed := range []string{
		string(noise), head + "- level: None\n  users: [a]\n- level: Metadata\n", head, head + "- level: X\n  resources: [{group: \"\", resources: [pods/*, a/b/c]}]\n  nonResourceURLs: [\"*x\", /healthz]\n",
		"", "\x00", "kind: Policy", "[]", "a: &a [*a, *a]\n", "apiVersion: audit.k8s.io/v1beta1\nkind: Policy", `{"apiVersion":"audit.k8s.io/v1","kind":"Policy","rules":[{"level":"Metadata"}]}`,
		head + "- level: None\n---\nkind: Policy", head + "- null\n- 5\n- {level: [x]}\n", head + "- level: Metadata\n  omitManagedFields: true\n  name: x\n", "\xef\xbb\xbf" + head + "- level: None",
		"a: &a {x: 1}\nb: {<<: *a}\n", head + strings.Repeat("- level: None\n", 100), strings.Repeat("[", 200), "? {a: b}\n: c\n", head + "- !!binary x\n", "%YAML 9.9\n---\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := policyReader{path: "p.yaml"}
		list, err := p.read(data)
		if err != nil {
			for line := range strings.Lines(err.Error()) {
				if !located.MatchString(line) && !strings.HasPrefix(line, " ") {
					t.Errorf("%q of %q does not say where", line, err)
				}
			}
			return
		}
		if _, err := Compile(list); err != nil || len(list.Rules) == 0 {
			t.Errorf("%d rules were taken and don't compile: %v", len(list.Rules), err)
		}
		for _, warning := range list.Warnings {
			if !located.MatchString(warning) {
				t.Errorf("warning %q does not say where", warning)
			}
		}
	})
}

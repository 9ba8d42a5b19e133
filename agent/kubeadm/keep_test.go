package kubeadm

import (
	"maps"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestKept: what kubeadm is told, in each of its languages, makes the flags that the manifest has, each once and as a text.
func TestKept(t *testing.T) {
	for name, c := range plans(t) {
		m, err := Parse("kube-apiserver.yaml", []byte(c.manifest))
		if err != nil {
			t.Fatal(err)
		}
		plan, err := Make(m, c.settings, c.files.read)
		if err != nil {
			t.Fatal(err)
		}
		want := audit(plan.After.tokens)
		for language, got := range map[string]map[string]string{"v1beta3": v1beta3(t, plan), "v1beta4": v1beta4(t, plan), "patches": patched(t, plan)} {
			if !maps.Equal(got, want) {
				t.Errorf("%s: by %s kube-apiserver has %v, and not %v", name, language, got, want)
			}
		}
	}
}

// audit are the flags about audit that count in a command line. One that stands alone is true.
func audit(tokens []string) map[string]string {
	all := map[string]string{}
	for _, f := range parseFlags(tokens) {
		if strings.HasPrefix(f.name, "audit-") {
			all[f.name] = f.value
		}
	}
	return all
}

func v1beta3(t *testing.T, plan *Plan) map[string]string {
	t.Helper()
	var c struct {
		APIServer struct {
			Args map[string]string `yaml:"extraArgs"`
		} `yaml:"apiServer"`
	}
	decode(t, plan.ClusterConfiguration("v1beta3"), &c)
	return c.APIServer.Args
}

func v1beta4(t *testing.T, plan *Plan) map[string]string {
	t.Helper()
	var c struct {
		APIServer struct {
			Args []struct{ Name, Value string } `yaml:"extraArgs"`
		} `yaml:"apiServer"`
	}
	decode(t, plan.ClusterConfiguration("v1beta4"), &c)
	all := map[string]string{}
	for _, arg := range c.APIServer.Args {
		if _, twice := all[arg.Name]; twice {
			t.Errorf("%s is there twice", arg.Name)
		}
		all[arg.Name] = arg.Value
	}
	return all
}

// patched has the flags of a patch as kube-apiserver would take them: a flag with = has what is behind it for a value, also where that is nothing.
func patched(t *testing.T, plan *Plan) map[string]string {
	t.Helper()
	var operations []struct{ Op, Path, Value string }
	decode(t, string(plan.Patches()[0].Text), &operations)
	all := map[string]string{}
	for _, o := range operations {
		name, value, given := strings.Cut(strings.TrimPrefix(o.Value, "--"), "=")
		if o.Op != "add" || o.Path != "/spec/containers/0/command/-" || !given {
			t.Errorf("there is %+v", o)
		}
		all[name] = value
	}
	return all
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

package manifests_test

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	"sigs.k8s.io/yaml"
)

// TestHelmIsKustomize holds the chart, with the values that say the same, against each overlay: the same objects, but for
// the labels that Helm puts on everything and the namespace, which `helm install --create-namespace` makes.
func TestHelmIsKustomize(t *testing.T) {
	for _, name := range overlays {
		t.Run(name, func(t *testing.T) {
			same(t, values(t, name), deploy+"/kubernetes/overlays/"+name)
		})
	}
	t.Run("options", func(t *testing.T) {
		var options map[string]any
		must(t, yaml.Unmarshal([]byte(`{podMonitor: {enabled: true}, prometheusRule: {enabled: true}, log: {readOnly: true}, apiserverMetrics: {enabled: true}}`), &options))
		same(t, merge(values(t, "elasticsearch"), options), "testdata/options")
	})
}

func same(t *testing.T, values map[string]any, overlay string) {
	t.Helper()
	want := kustomize(t, overlay)
	delete(want, "Namespace/auditship")
	got, err := helm(t, values)
	must(t, err)
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, slices.Sorted(maps.Keys(want))) {
		t.Fatalf("the chart makes %q, the overlay %q", names, slices.Sorted(maps.Keys(want)))
	}
	for key := range want {
		a, b := normal(t, got[key]), normal(t, want[key])
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s differs:\nhelm      %s\nkustomize %s", key, text(t, a), text(t, b))
		}
	}
}

// normal takes away what may differ: Helm's own labels, and how the agent's configuration is written.
func normal(t *testing.T, o object) object {
	t.Helper()
	removeLabels(o)
	if data, ok := o["data"].(map[string]any); ok {
		for name, content := range data {
			var parsed any
			must(t, yaml.Unmarshal([]byte(content.(string)), &parsed))
			data[name] = parsed
		}
	}
	var copied object // numbers alike
	must(t, json.Unmarshal([]byte(text(t, o)), &copied))
	return copied
}

func removeLabels(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if strings.HasPrefix(key, "helm.sh/") || slices.Contains([]string{"app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/managed-by"}, key) {
				delete(v, key)
			}
			removeLabels(value)
		}
	case []any:
		for _, value := range v {
			removeLabels(value)
		}
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	must(t, err)
	return string(raw)
}

func TestLint(t *testing.T) {
	for _, name := range overlays {
		for _, message := range lint.AllWithKubeVersion(chrt, values(t, name), "auditship", nil).Messages {
			if message.Severity > support.InfoSev {
				t.Errorf("%s: %v", name, message)
			}
		}
	}
}

// TestCopies: a chart and a kustomization can't read files outside of their directory, so they have copies.
func TestCopies(t *testing.T) {
	for copied, original := range map[string]string{
		chrt + "/files/noise.yaml":             "../../configs/policies/noise.yaml",
		deploy + "/kubernetes/base/noise.yaml": "../../configs/policies/noise.yaml",
		chrt + "/files/alerts.yaml":            deploy + "/alerts/prometheusrule.yaml",
	} {
		a, err := os.ReadFile(copied)
		must(t, err)
		b, err := os.ReadFile(original)
		must(t, err)
		if string(a) != string(b) {
			t.Errorf("%s is not what %s is: copy it", copied, original)
		}
	}
}

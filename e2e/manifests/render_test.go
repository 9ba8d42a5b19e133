package manifests_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

const (
	deploy = "../../deploy"
	chrt   = deploy + "/helm/auditship"
)

// overlays are those of deploy/kubernetes; the chart has values for each.
var overlays = []string{"elasticsearch", "loki", "kafka", "file", "nonroot"}

// object is one Kubernetes object.
type object = map[string]any

// objects are by kind and name.
type objects map[string]object

// kustomize builds a directory as `kubectl kustomize` does.
func kustomize(t *testing.T, dir string) objects {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	must(t, err)
	text, err := resources.AsYaml()
	must(t, err)
	return parse(t, string(text))
}

// helm renders the chart as `helm template auditship --namespace auditship -f FILE…` does, the schema included.
func helm(t *testing.T, values map[string]any) (objects, error) {
	t.Helper()
	return install(t, "auditship", "auditship", values)
}

// install is helm for a release and namespace of these names.
func install(t *testing.T, name, namespace string, values map[string]any) (objects, error) {
	t.Helper()
	loaded := loadChart(t)
	release := chartutil.ReleaseOptions{Name: name, Namespace: namespace, Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(loaded, values, release, nil)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(loaded, all)
	if err != nil {
		return nil, err
	}
	found := objects{}
	for name, text := range files {
		if strings.HasSuffix(name, ".yaml") {
			for key, o := range parse(t, text) {
				found[key] = o
			}
		}
	}
	return found, nil
}

func loadChart(t *testing.T) *chart.Chart {
	t.Helper()
	loaded, err := loader.LoadDir(chrt)
	must(t, err)
	return loaded
}

// values are those of a file in ci/ of the chart.
func values(t *testing.T, name string) map[string]any {
	t.Helper()
	return readYAML(t, filepath.Join(chrt, "ci", name+"-values.yaml"))
}

func parse(t *testing.T, text string) objects {
	t.Helper()
	found := objects{}
	for _, document := range strings.Split("\n"+text, "\n---") {
		var o object
		must(t, yaml.UnmarshalStrict([]byte(document), &o))
		if len(o) == 0 {
			continue
		}
		key := o["kind"].(string) + "/" + at(o, "metadata", "name").(string)
		if _, twice := found[key]; twice {
			t.Errorf("%s is there twice", key)
		}
		found[key] = o
	}
	return found
}

func readYAML(t *testing.T, path string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	var content map[string]any
	must(t, yaml.UnmarshalStrict(text, &content))
	return content
}

// at follows keys and indices into an object; nil: there is nothing.
func at(o any, path ...any) any {
	for _, step := range path {
		switch container := o.(type) {
		case map[string]any:
			key, _ := step.(string)
			o = container[key]
		case []any:
			i, isIndex := step.(int)
			if !isIndex || i >= len(container) {
				return nil
			}
			o = container[i]
		default:
			return nil
		}
	}
	return o
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

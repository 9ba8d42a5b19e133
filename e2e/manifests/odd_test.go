package manifests_test

import (
	"reflect"
	"testing"

	"sigs.k8s.io/yaml"
)

// odd are values whose texts YAML would take for something else, were they put into a manifest as they are.
const odd = `
secretName: "1e3"
priorityClassName: "007"
log: {path: "/data/a,b}/audit.log"}
state: {path: "/data/{x}"}
image: {repository: "10", tag: "20"}
policies:
  "1.50": "kind: Policy"
  "on": "  - indented first\nthen not\n"
  people.csv: "jane,\"Jane, of O'Neil\"\r\nmax,{{ .Values }}\n\n"
  empty.yaml: ""
config:
  cluster: "00123"
  state_dir: "/data/a,b"
  memory: {max_bytes: 50331648}
  outputs:
    - name: search
      elasticsearch:
        urls: ["https://elasticsearch.example.org:9200"]
        index: audit
        username: "yes"
        password: "a\"b'c: #d\n${E}"
    - {name: "007", file: {path: "-"}}
podAnnotations: {checksum: "1e10"}
extraEnv: [{name: EMPTY, value: ""}, {name: NUMBER, value: "0644"}]
apiserverMetrics: {enabled: true}
podMonitor: {enabled: true, labels: {release: "12"}}
`

// TestOddValues: texts stay texts, and what they were, whatever stands in them; and so do a release and a namespace of digits.
func TestOddValues(t *testing.T) {
	var odds map[string]any
	must(t, yaml.Unmarshal([]byte(odd), &odds))
	found, err := install(t, "1e2", "42", merge(values(t, "elasticsearch"), odds))
	must(t, err)
	for key, o := range found {
		if kind := o["kind"]; at(o, "metadata", "labels", "app.kubernetes.io/instance") != "1e2" || kind != "ClusterRoleBinding" && at(o, "metadata", "namespace") != "42" {
			t.Errorf("%s has the metadata %v", key, o["metadata"])
		}
	}
	data := at(found["ConfigMap/1e2-auditship"], "data").(map[string]any)
	for name, text := range odds["policies"].(map[string]any) {
		if data[name] != text {
			t.Errorf("the file %s is %q, want %q", name, data[name], text)
		}
	}
	var config map[string]any
	must(t, yaml.Unmarshal([]byte(data["auditship.yaml"].(string)), &config))
	for key, want := range odds["config"].(map[string]any) {
		if !reflect.DeepEqual(config[key], want) {
			t.Errorf("config.%s is %v, want %v", key, config[key], want)
		}
	}
	oddPod(t, at(found["DaemonSet/1e2-auditship"], "spec", "template").(map[string]any))
	if binding := found["ClusterRoleBinding/1e2-auditship-apiserver-metrics"]; at(binding, "subjects", 0, "namespace") != "42" {
		t.Errorf("the binding is for %v", binding["subjects"])
	}
}

func oddPod(t *testing.T, template map[string]any) {
	t.Helper()
	spec := at(template, "spec").(map[string]any)
	for what, pair := range map[string][2]any{
		"selector":    {at(template, "metadata", "labels", "app.kubernetes.io/instance"), "1e2"},
		"annotation":  {at(template, "metadata", "annotations", "checksum"), "1e10"},
		"priority":    {spec["priorityClassName"], "007"},
		"image":       {at(spec, "containers", 0, "image"), "10:20"},
		"environment": {at(spec, "containers", 0, "env", 3, "value"), "0644"},
		"log":         {at(spec, "containers", 0, "volumeMounts", 2, "mountPath"), "/data/a,b}"},
		"state":       {at(spec, "containers", 0, "volumeMounts", 3, "mountPath"), "/data/a,b"},
		"secret":      {at(spec, "volumes", 1, "secret", "secretName"), "1e3"},
		"host's log":  {at(spec, "volumes", 2, "hostPath", "path"), "/data/a,b}"},
		"disk":        {at(spec, "volumes", 3, "hostPath", "path"), "/data/{x}"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %v, want %v", what, pair[0], pair[1])
		}
	}
}

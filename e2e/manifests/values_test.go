package manifests_test

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestRefused: values that are wrong are told, instead of a cluster that is not what was meant.
func TestRefused(t *testing.T) {
	for change, want := range map[string]string{
		"config: {cluster: ''}":                  "cluster",
		"config: {outputs: []}":                  "outputs",
		"config: {listen: ':8080'}":              "listen",
		"config: {listen: '127.0.0.1:9180'}":     "listen", // no probe would reach it
		"config: {listen: null}":                 "listen",
		"config: {node: null}":                   "node",
		"config: {outputs: [{name: Big One}]}":   "name",
		"config: {state_dir: lib}":               "state_dir",
		"image: {pullPolicy: Sometimes}":         "pullPolicy",
		"image: {name: x}":                       "name",
		"log: {path: audit.log}":                 "path",
		"log: {readonly: true}":                  "readonly",
		"nonroot: true":                          "nonroot",
		"nonRoot: {enabled: true}":               "nonRoot",
		"terminationGracePeriodSeconds: 30s":     "terminationGracePeriodSeconds",
		"tolerations: {operator: Exists}":        "tolerations",
		"networkPolicy: {outputPorts: ['9200']}": "outputPorts",
		"networkPolicy: {outputPorts: [0]}":      "outputPorts",
		"networkPolicy: {outputPorts: []}":       "output search would reach nobody",
		"podMonitor: {interval: often}":          "interval",
		"resources: {limit: {memory: 1Gi}}":      "limit",
		"policies: {auditship.yaml: ''}":         "auditship.yaml",
	} {
		t.Run(change, func(t *testing.T) {
			var wrong map[string]any
			must(t, yaml.Unmarshal([]byte(change), &wrong))
			_, err := helm(t, merge(values(t, "elasticsearch"), wrong))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want one that has %q", err, want)
			}
		})
	}
	if _, err := helm(t, map[string]any{}); err == nil {
		t.Error("a chart without values is taken")
	}
}

func merge(into, from map[string]any) map[string]any {
	for key, value := range from {
		if inner, ok := value.(map[string]any); ok {
			if there, ok := into[key].(map[string]any); ok {
				value = merge(there, inner)
			}
		}
		into[key] = value
	}
	return into
}

// TestOptions: what values change arrives where it should.
func TestOptions(t *testing.T) {
	var options map[string]any
	must(t, yaml.Unmarshal([]byte(`
log: {path: /data/audit/kube.log, readOnly: true}
state: {path: /data/auditship}
policies: {mine.yaml: "kind: Policy"}
config: {policy_file: mine.yaml}
image: {repository: registry.example.org/auditship, tag: v9}
podMonitor: {enabled: true, labels: {release: prometheus}}
prometheusRule: {enabled: true}
networkPolicy: {enabled: false}
imagePullSecrets: [{name: pull}]
extraEnv: [{name: A, value: b}]
podAnnotations: {a: b}
`), &options))
	found, err := helm(t, merge(values(t, "elasticsearch"), options))
	must(t, err)
	for name := range found {
		if strings.HasPrefix(name, "NetworkPolicy/") {
			t.Errorf("there is %s", name)
		}
	}
	spec := at(found["DaemonSet/auditship"], "spec", "template", "spec")
	config := at(found["ConfigMap/auditship"], "data", "auditship.yaml").(string)
	for what, ok := range map[string]bool{
		"image":       at(spec, "containers", 0, "image") == "registry.example.org/auditship:v9",
		"log":         at(spec, "volumes", 2, "hostPath", "path") == "/data/audit" && at(spec, "containers", 0, "volumeMounts", 2, "readOnly") == true,
		"state":       at(spec, "volumes", 3, "hostPath", "path") == "/data/auditship",
		"pull secret": at(spec, "imagePullSecrets", 0, "name") == "pull",
		"environment": at(spec, "containers", 0, "env", 1, "value") == "b",
		"annotation":  at(found["DaemonSet/auditship"], "spec", "template", "metadata", "annotations", "a") == "b",
		"policy":      at(found["ConfigMap/auditship"], "data", "mine.yaml") == "kind: Policy\n" || at(found["ConfigMap/auditship"], "data", "mine.yaml") == "kind: Policy",
		"config":      strings.Contains(config, "path: /data/audit/kube.log") && strings.Contains(config, "policy_file: mine.yaml"),
		"monitor":     at(found["PodMonitor/auditship"], "metadata", "labels", "release") == "prometheus",
		"alerts":      len(at(found["PrometheusRule/auditship"], "spec", "groups", 0, "rules").([]any)) > 5,
	} {
		if !ok {
			t.Errorf("%s is not what values say: %s", what, text(t, found))
		}
	}
}

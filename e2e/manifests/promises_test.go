package manifests_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestPromises looks at what every overlay makes: what is said of it in deploy/kubernetes/README.md and docs/install.md.
func TestPromises(t *testing.T) {
	for _, name := range overlays {
		t.Run(name, func(t *testing.T) {
			found := kustomize(t, deploy+"/kubernetes/overlays/"+name)
			for key := range found {
				if kind, _, _ := strings.Cut(key, "/"); !slices.Contains([]string{"Namespace", "ServiceAccount", "ConfigMap", "DaemonSet", "NetworkPolicy"}, kind) {
					t.Errorf("there is %s: the agent needs no permission and no service", key)
				}
			}
			daemonset := found["DaemonSet/auditship"]
			pod := at(daemonset, "spec", "template", "spec").(map[string]any)
			checkPod(t, pod)
			for _, container := range slices.Concat(pod["containers"].([]any), list(pod["initContainers"])) {
				checkContainer(t, container.(map[string]any))
			}
			checkVolumes(t, pod)
			if at(daemonset, "spec", "updateStrategy", "type") != "RollingUpdate" || at(daemonset, "spec", "updateStrategy", "rollingUpdate", "maxUnavailable") != 1.0 {
				t.Errorf("update strategy %v", at(daemonset, "spec", "updateStrategy"))
			}
		})
	}
}

func list(v any) []any {
	all, _ := v.([]any)
	return all
}

func checkPod(t *testing.T, pod map[string]any) {
	t.Helper()
	for key, want := range map[string]any{
		"hostNetwork": nil, "hostPID": nil, "hostIPC": nil, "automountServiceAccountToken": false, "priorityClassName": "system-node-critical",
		"terminationGracePeriodSeconds": 30.0, "serviceAccountName": "auditship",
	} {
		if pod[key] != want {
			t.Errorf("%s is %v, want %v", key, pod[key], want)
		}
	}
	if at(pod, "securityContext", "seccompProfile", "type") != "RuntimeDefault" {
		t.Errorf("securityContext %v", pod["securityContext"])
	}
	main := at(pod, "containers", 0)
	for _, probe := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
		path := map[bool]any{true: "/readyz", false: "/healthz"}[probe == "readinessProbe"]
		if at(main, probe, "httpGet", "path") != path || at(main, probe, "httpGet", "port") != "metrics" {
			t.Errorf("%s is %v", probe, at(main, probe))
		}
	}
	if at(main, "env", 0, "valueFrom", "fieldRef", "fieldPath") != "spec.nodeName" {
		t.Error("the agent is not told its node's name")
	}
}

// checkContainer: no container is privileged, may become so, or writes to its image; added capabilities are the known ones.
func checkContainer(t *testing.T, container map[string]any) {
	t.Helper()
	context := container["securityContext"].(map[string]any)
	if context["allowPrivilegeEscalation"] != false || context["readOnlyRootFilesystem"] != true || context["privileged"] != nil ||
		at(context, "capabilities", "drop", 0) != "ALL" {
		t.Errorf("securityContext of %v: %v", container["name"], context)
	}
	allowed := map[any][]any{"0": {}, "65532": {"DAC_READ_SEARCH"}, "init": {"CHOWN", "FOWNER"}}
	who := any("0")
	switch {
	case container["name"] != "auditship":
		who = "init"
	case context["runAsUser"] == 65532.0:
		who = "65532"
	}
	if added := list(at(context, "capabilities", "add")); !slices.Equal(added, allowed[who]) {
		t.Errorf("%v adds the capabilities %v, want %v", container["name"], added, allowed[who])
	}
	if at(container, "resources", "limits", "memory") == nil || at(container, "resources", "requests", "cpu") == nil || at(container, "resources", "limits", "cpu") != nil {
		t.Errorf("resources of %v: %v", container["name"], container["resources"])
	}
}

// checkVolumes: the log's directory has to be there, the state's is made, and nothing else of the node is mounted.
func checkVolumes(t *testing.T, pod map[string]any) {
	t.Helper()
	fromNode := map[string]any{}
	for _, volume := range pod["volumes"].([]any) {
		if path, ok := at(volume, "hostPath", "path").(string); ok {
			fromNode[path] = at(volume, "hostPath", "type")
		}
	}
	delete(fromNode, "/var/log/auditship") // of the file output
	want := map[string]any{"/var/log/kubernetes/audit": "Directory", "/var/lib/auditship": "DirectoryOrCreate"}
	if !maps.Equal(fromNode, want) {
		t.Errorf("of the node there is %v, want %v", fromNode, want)
	}
}

// TestNamespace: an overlay's namespace is that of all there is, and the account that is bound is in it.
func TestNamespace(t *testing.T) {
	found := kustomize(t, "testdata/elsewhere")
	for key, o := range found {
		if in := at(o, "metadata", "namespace"); in != "elsewhere" && !strings.HasPrefix(key, "Namespace/") && !strings.HasPrefix(key, "ClusterRoleBinding/") {
			t.Errorf("%s is in %v", key, in)
		}
	}
	if found["Namespace/elsewhere"] == nil {
		t.Error("the namespace is not made")
	}
	if subject := at(found["ClusterRoleBinding/auditship-apiserver-metrics"], "subjects", 0); at(subject, "namespace") != "elsewhere" {
		t.Errorf("bound is %v", subject)
	}
}

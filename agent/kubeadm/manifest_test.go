package kubeadm

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUnusable: what is not edited, and what is said instead. Nothing of it may panic.
func TestUnusable(t *testing.T) {
	base := v136(t)
	flow := strings.Replace(base, "    image: ", "    args: [--audit-log-maxsize=100, --secure-port=6443]\n    image: ", 1)
	replace := func(from, to string) string { return strings.Replace(base, from, to, 1) }
	for name, tt := range map[string]struct {
		manifest, want string
		settings       Settings
	}{
		"empty":              {manifest: "", want: "m.yaml: is no YAML: EOF"},
		"no YAML":            {manifest: "a: [", want: "m.yaml: is no YAML: yaml: line 1: did not find expected node content"},
		"a scalar":           {manifest: "pod", want: "m.yaml: is no manifest of a pod: yaml: unmarshal errors:"},
		"another kind":       {manifest: "kind: Deployment\n", want: `m.yaml: is no manifest of a pod: its kind is "Deployment"`},
		"several documents":  {manifest: base + "---\nkind: Pod\n", want: "m.yaml: has several documents"},
		"an alias":           {manifest: replace("name: ca-certs", "name: &n ca-certs") + "x: *n\n", want: "m.yaml:125: has a YAML alias"},
		"a key twice":        {manifest: replace("status: {}", "status: {}\nkind: Pod"), want: "m.yaml: is no manifest of a pod: yaml: unmarshal errors:"},
		"no API server":      {manifest: strings.ReplaceAll(base, "kube-apiserver", "etcd"), want: "m.yaml: has no container that runs kube-apiserver"},
		"two of them":        {manifest: replace("  hostNetwork", "  - name: second\n    command: [kube-apiserver]\n  hostNetwork"), want: "m.yaml: has two containers that run kube-apiserver"},
		"a shell":            {manifest: replace("- kube-apiserver\n", "- sh\n    - -c\n    - exec kube-apiserver --secure-port=6443\n"), want: "m.yaml:16: kube-apiserver is started by a shell"},
		"no flags":           {manifest: "kind: Pod\nspec: {volumes: [], containers: [{name: kube-apiserver, volumeMounts: []}]}\n", want: "m.yaml:2: kube-apiserver has no flags here"},
		"no volumes":         {manifest: "kind: Pod\nspec: {containers: [{name: kube-apiserver, args: [--a=b]}]}\n", want: "m.yaml:2: has no volumes"},
		"null lists":         {manifest: "kind: Pod\nspec:\n  volumes:\n  containers:\n  - name: kube-apiserver\n    volumeMounts:\n    args: [--a=b]\n", want: "m.yaml:3: this list is not written with a line for each item"},
		"JSON":               {manifest: `{"kind":"Pod","spec":{"volumes":[{"name":"a"}],"containers":[{"name":"kube-apiserver","command":["kube-apiserver","--a=b"],"volumeMounts":[{"name":"a","mountPath":"/a"}]}]}}`, want: "m.yaml:1: this list is not written with a line for each item"},
		"flow":               {manifest: flow, want: "m.yaml:42: this list is not written with a line for each item"},
		"a folded value":     {manifest: replace("    - --secure-port=6443\n", "    - >-\n      --audit-log-path=-\n"), want: "this value is written in a way that is not edited here"},
		"a value over lines": {manifest: replace("    - --secure-port=6443\n", "    - \"--audit-log-path=\\\n      -\"\n"), want: "this value is written in a way that is not edited here"},
		"another user":       {manifest: replace("    image: ", "    securityContext: {runAsUser: 2000}\n    image: "), want: "m.yaml: kube-apiserver does not run as root here but as user 2000"},
		"the log in /var":    {manifest: base, settings: Settings{LogPath: "/var/log/audit.log"}, want: "m.yaml: the log /var/log/audit.log needs a directory of its own"},
		"the policy in /etc": {manifest: base, settings: Settings{PolicyPath: "/etc/kubernetes/policy.yaml"}, want: "m.yaml: the policy /etc/kubernetes/policy.yaml needs a directory of its own"},
		"beside manifests":   {manifest: base, settings: Settings{PolicyPath: "/etc/kubernetes/manifests/policy.yaml"}, want: "needs a directory of its own"},
		"dots":               {manifest: base, settings: Settings{LogPath: "/var/log/kubernetes/../../log/a.log"}, want: "needs a directory of its own"},
		"relative":           {manifest: base, settings: Settings{LogPath: "audit.log"}, want: "needs a directory of its own"},
	} {
		m, err := Parse("m.yaml", []byte(tt.manifest))
		if err == nil {
			_, err = Make(m, tt.settings, files{}.read)
		}
		var unusable *UnusableError
		if !errors.As(err, &unusable) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
}

// TestPoliciesInUse: a policy that kube-apiserver would not start with is not passed over, and not put in place.
func TestPoliciesInUse(t *testing.T) {
	right := with(v136(t), allFlags, nil, nil)
	for text, want := range map[string]string{
		"kind: Policy\nrules: [":                      "did not find expected node content",
		"kind: ConfigMap\n":                           "is no audit policy",
		"apiVersion: audit.k8s.io/v1\nkind: Policy\n": "rules",
		"apiVersion: audit.k8s.io/v2\nkind: Policy\nrules: [{level: Metadata}]\n": "not audit.k8s.io/v1",
	} {
		m, err := Parse("m.yaml", []byte(right))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Make(m, Settings{}, files{DefaultPolicyPath: text}.read)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--policy recommended") {
			t.Errorf("%q: got %v", text, err)
		}
		name := filepath.Join(t.TempDir(), "p.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadPolicy(name); err == nil {
			t.Errorf("%q is taken as a policy", text)
		}
	}
	for _, name := range []string{"minimal", "recommended", "strict"} {
		if p, err := LoadPolicy(name); err != nil || len(p.Text) < 500 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := LoadPolicy("strikt"); err == nil || !strings.Contains(err.Error(), "take minimal, recommended or strict") {
		t.Errorf("got %v", err)
	}
}

// TestElsewhere: where kubeadm did not make the node, the right place is named.
func TestElsewhere(t *testing.T) {
	root := t.TempDir()
	missing := filepath.Join(root, "etc/kubernetes/manifests/kube-apiserver.yaml")
	tell := func(want string) {
		t.Helper()
		var unusable *UnusableError
		if _, err := load(missing, root); !errors.As(err, &unusable) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	tell("made by kubeadm")
	for _, d := range []struct{ dir, want string }{
		{"var/lib/k0s", "/etc/k0s/k0s.yaml"}, {"var/snap/microk8s", "args/kube-apiserver"},
		{"var/lib/rancher/k3s/server", "/etc/rancher/k3s/config.yaml"}, {"var/lib/rancher/rke2/server", "/etc/rancher/rke2/config.yaml"},
	} {
		if err := os.MkdirAll(filepath.Join(root, d.dir), 0o755); err != nil {
			t.Fatal(err)
		}
		tell(d.want)
	}
	if _, err := Load("/var/lib/rancher/rke2/agent/pod-manifests/kube-apiserver.yaml"); err == nil || !strings.Contains(err.Error(), "config.yaml") {
		t.Errorf("got %v", err)
	}
	rancher := filepath.Join(root, "m.yaml")
	if err := os.WriteFile(rancher, []byte(strings.Replace(v136(t), "registry.k8s.io/kube-apiserver", "index.docker.io/rancher/hardened-kubernetes", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(rancher); err == nil || !strings.Contains(err.Error(), "RKE2") {
		t.Errorf("got %v", err)
	}
}

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// aNode is a directory with kubeadm's manifest, and whose certificates are not there.
func aNode(t *testing.T) (manifest string) {
	t.Helper()
	text, err := os.ReadFile("../kubeadm/testdata/v1.36.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "manifests")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	manifest = filepath.Join(dir, "kube-apiserver.yaml")
	write(t, manifest, strings.ReplaceAll(string(text), "/etc/kubernetes/pki", dir+"/none")) // not the machine's own
	return manifest
}

// TestEnableAuditShows: every form has what it is to have, and nothing is changed.
func TestEnableAuditShows(t *testing.T) {
	manifest := aNode(t)
	before, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	for form, wants := range map[string][]string{
		"diff":            {"  1. mount the directory /var/log/kubernetes/audit", "     why: ", "+    - --audit-policy-file=/etc/kubernetes/audit/policy.yaml\n", "\nNothing was changed: --write does it.\n", "kubeadm-config"},
		"kubeadm-v1beta4": {"apiVersion: kubeadm.k8s.io/v1beta4\n", "  extraArgs:\n  - name: audit-log-path\n    value: /var/log/kubernetes/audit/audit.log\n", "    value: \"100\"\n", "    pathType: DirectoryOrCreate\n"},
		"kubeadm-v1beta3": {"apiVersion: kubeadm.k8s.io/v1beta3\n", "  extraArgs:\n    audit-log-path: /var/log/kubernetes/audit/audit.log\n", "    audit-log-maxsize: \"100\"\n"},
		"patches":         {"# kube-apiserver-audit-flags+json.yaml\n", "path: /spec/containers/0/command/-\n", "# kube-apiserver-audit-volumes+strategic.yaml\n"},
	} {
		code, stdout, stderr := run("enable-audit", "--manifest", manifest, "-o", form)
		if code != 0 || stderr != "" {
			t.Errorf("%s: got %d and %s", form, code, stderr)
		}
		for _, want := range wants {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: %q is not in\n%s", form, want, stdout)
			}
		}
	}
	if after, err := os.ReadFile(manifest); err != nil || string(after) != string(before) {
		t.Error("showing changed the manifest")
	}
}

// TestEnableAuditPatches: the directory has what kubeadm wants.
func TestEnableAuditPatches(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "patches")
	code, stdout, stderr := run("enable-audit", "--manifest", aNode(t), "-o", "patches", "--patches-dir", dir)
	files, err := filepath.Glob(dir + "/kube-apiserver*.yaml")
	if code != 0 || err != nil || len(files) != 2 || strings.Count(stdout, "written: ") != 2 {
		t.Errorf("got %d, %s, %s, %v and %v", code, stdout, stderr, files, err)
	}
}

// TestEnableAuditRefuses: wrong usage, and what is not edited, exit with 2 and change nothing.
func TestEnableAuditRefuses(t *testing.T) {
	manifest := aNode(t)
	leaks := filepath.Join(t.TempDir(), "p.yaml")
	write(t, leaks, "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: RequestResponse}]\n")
	for _, tt := range []struct{ args, want string }{
		{"-o xml", `-o "xml" is not known`},
		{"--max-size -1", "are numbers above 0"},
		{"--timeout 0s", "a time above 0"},
		{"--policy strikt", "take minimal, recommended or strict"},
		{"--policy " + leaks, "credentials"},
		{"--write -o patches", "take one of the two"},
		{"--log-path /var/log/a.log", "needs a directory of its own"},
		{"--write", "(--client-ca-file)"},
		{"--write --livez x", `--livez "x" is no URL`},
		{"x", "unknown command"},
	} {
		code, _, stderr := run(append([]string{"enable-audit", "--manifest", manifest}, strings.Fields(tt.args)...)...)
		if code != 2 || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: got %d and %s", tt.args, code, stderr)
		}
	}
	if code, _, stderr := run("enable-audit", "--manifest", manifest+".none"); code != 2 || !strings.Contains(stderr, "is not there") {
		t.Errorf("got %d and %s", code, stderr)
	}
}

// TestEnableAuditEscapes: what somebody wrote into a manifest does not move the cursor of whoever looks at the change.
func TestEnableAuditEscapes(t *testing.T) {
	manifest := aNode(t)
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	write(t, manifest, strings.Replace(string(text), "    - --tls-private-key-file", "    # \u202e\n    - --tls-private-key-file", 1))
	if code, stdout, stderr := run("enable-audit", "--manifest", manifest); code != 0 || strings.Contains(stdout, "\u202e") {
		t.Errorf("got %d, %s and %q", code, stderr, stdout)
	}
}

package node_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const variant = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: auditship
resources: [%[1]s/overlays/loki]
components: [%[1]s/components/readonly-log]
configMapGenerator:
  - {name: auditship, behavior: merge, files: [auditship.yaml]}
generatorOptions: {disableNameSuffixHash: true}
`

// readonly runs the overlay for Loki, with the log's directory mounted read-only.
func (l *lab) readonly(t *testing.T) {
	l.inside(t, "helm", "uninstall", "auditship", "--namespace", "auditship", "--wait")
	dir := filepath.Join(l.dir, "readonly")
	must(t, os.MkdirAll(dir, 0o755))
	config, err := os.ReadFile(filepath.Join(repository, "deploy/kubernetes/overlays/loki/auditship.yaml"))
	must(t, err)
	for name, content := range map[string]string{
		"kustomization.yaml": fmt.Sprintf(variant, l.manifests(t, dir)),
		"auditship.yaml":     strings.Replace(string(config), "https://loki.example.org:3100", "http://"+l.reachable(l.loki.URL), 1),
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	l.kubectl(t, "apply", "-k", dir)
	l.kubectl(t, "-n", "auditship", "rollout", "status", "daemonset/auditship", "--timeout=600s")
	l.checkProcess(t, asRoot, false, false)
	l.arrives(t, "Loki", l.logged(t))
}

// forget removes the agent and all that it knows, so that the next one begins anew.
func (l *lab) forget(t *testing.T) {
	t.Helper()
	l.kubectl(t, "delete", "namespace", "auditship", "--timeout=300s")
	l.inside(t, "rm", "-rf", "/var/lib/auditship", "/var/log/auditship", "/var/log/kubernetes/audit/.auditship")
}

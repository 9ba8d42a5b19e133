package manifests_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

var build = sync.OnceValues(func() (string, error) {
	if binary := os.Getenv("AUDITSHIP_E2E_BINARY"); binary != "" {
		return binary, nil
	}
	dir, err := os.MkdirTemp("", "auditship-manifests-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "auditship")
	command := exec.Command("go", "build", "-o", binary, ".")
	command.Dir, command.Env = "../..", append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return binary, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if binary, err := build(); err == nil && os.Getenv("AUDITSHIP_E2E_BINARY") == "" {
		os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

func agent(t *testing.T) string {
	t.Helper()
	binary, err := build()
	must(t, err)
	return binary
}

// TestConfigurationsLoad has the agent validate what the ConfigMaps of all overlays and of the chart hold, as in a pod.
func TestConfigurationsLoad(t *testing.T) {
	for _, name := range overlays {
		rendered, err := helm(t, values(t, name))
		must(t, err)
		t.Run(name+"/helm", func(t *testing.T) { validate(t, rendered) })
		t.Run(name+"/kustomize", func(t *testing.T) { validate(t, kustomize(t, deploy+"/kubernetes/overlays/"+name)) })
	}
	t.Run("options", func(t *testing.T) { validate(t, kustomize(t, "testdata/options")) })
}

func validate(t *testing.T, found objects) {
	t.Helper()
	dir := t.TempDir()
	for file, content := range found["ConfigMap/auditship"]["data"].(map[string]any) {
		must(t, os.WriteFile(filepath.Join(dir, file), []byte(content.(string)), 0o600))
	}
	command := exec.Command(agent(t), "validate", "-c", filepath.Join(dir, "auditship.yaml"))
	command.Env = []string{"NODE_NAME=cp-1", "HOST_IP=10.0.0.1", "KUBERNETES_SERVICE_HOST=10.96.0.1", "PATH=" + os.Getenv("PATH")}
	out, err := command.CombinedOutput()
	if err != nil || strings.Contains(string(out), "warning") || !strings.Contains(string(out), "node cp-1") {
		t.Errorf("%v\n%s", err, out)
	}
}

var metricName = regexp.MustCompile(`auditship_[a-z_]+`)

// TestAlertsHaveMetrics runs an agent, and demands that it has every metric that an alert asks for, and that every alert is
// explained where its annotation says.
func TestAlertsHaveMetrics(t *testing.T) {
	metrics := scrape(t)
	operations, err := os.ReadFile("../../docs/operations.md")
	must(t, err)
	alerts := 0
	for _, rule := range at(readYAML(t, deploy+"/alerts/prometheusrule.yaml"), "spec", "groups", 0, "rules").([]any) {
		name, expression := at(rule, "alert").(string), at(rule, "expr").(string)
		alerts++
		names := metricName.FindAllString(expression, -1)
		if len(names) == 0 {
			t.Errorf("%s asks for no metric of the agent", name)
		}
		for _, metric := range names {
			if !strings.Contains(metrics, "\n# TYPE "+metric+" ") {
				t.Errorf("%s asks for %s, which the agent does not have", name, metric)
			}
		}
		if !strings.HasSuffix(at(rule, "annotations", "runbook_url").(string), "/docs/operations.md#"+strings.ToLower(name)) ||
			!strings.Contains(string(operations), "### "+name+"\n") {
			t.Errorf("%s has no part of its own in docs/operations.md", name)
		}
	}
	if alerts < 5 {
		t.Errorf("only %d alerts", alerts)
	}
}

// scrape is what an agent answers that has everything which makes metrics: an output that fails, a policy file, and an
// API server that is asked for its counts.
func scrape(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "audit.log"), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "policy.yaml"), []byte("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n"), 0o600))
	config := fmt.Sprintf(`
node: cp-1
state_dir: %[1]s/state
listen: 127.0.0.1:0
admin: unix://%[1]s/admin.sock
disk: {min_free: 1MiB}
policy_file: policy.yaml
inputs:
  - name: apiserver
    file: {path: %[1]s/audit.log}
    apiserver_metrics: {url: "http://127.0.0.1:1/metrics", every: 1s, token: x}
outputs:
  - name: search
    elasticsearch: {urls: ["http://127.0.0.1:1"], index: audit}
`, dir)
	must(t, os.WriteFile(filepath.Join(dir, "auditship.yaml"), []byte(config), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, agent(t), "run", "-c", filepath.Join(dir, "auditship.yaml"))
	var log lines
	command.Stderr = &log
	must(t, command.Start())
	defer func() { must(t, command.Process.Kill()); _ = command.Wait() }()
	must(t, os.WriteFile(filepath.Join(dir, "audit.log"), []byte(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","stage":"ResponseComplete","requestURI":"/api","verb":"get","user":{"username":"jane"},"stageTimestamp":"2026-01-01T00:00:00.000000Z"}`+"\n"), 0o600))
	address := regexp.MustCompile(`msg=listening address=(\S+)`)
	for {
		if found := address.FindStringSubmatch(log.String()); found != nil {
			if text := get(ctx, "http://"+found[1]+"/metrics"); strings.Contains(text, "\nauditship_blocked{") && strings.Contains(text, "\nauditship_reload_failed{") {
				return text
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the agent shows no metrics of what fails:\n%s", log.String())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func get(ctx context.Context, url string) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return ""
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return ""
	}
	return string(text)
}

// lines gather what a process prints.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

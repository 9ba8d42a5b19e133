package node_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
)

const repository = "../.."

// tag gives the images that the install page made, root's and the other variant, the name of this test's.
func (l *lab) tag(t *testing.T, version string) {
	t.Helper()
	for _, suffix := range []string{"", "-nonroot"} {
		must(t, l.LoadImage(t.Context(), filepath.Join(l.Root, checkout, "dist", "auditship_v0.1.0_linux_amd64"+suffix+".tar")))
		l.inside(t, "ctr", "-n", "k8s.io", "images", "tag", "docker.io/library/auditship:v0.1.0"+suffix, "localhost/auditship:"+version+suffix)
	}
}

// build builds the image as `make image` does, for this machine, and loads it into the node.
func (l *lab) build(t *testing.T, version string) {
	t.Helper()
	begin := time.Now()
	dist := filepath.Join(l.dir, "dist")
	arch, err := exec.Command("go", "env", "GOARCH").Output()
	must(t, err)
	command := exec.Command(filepath.Join(repository, "deploy/image/build.sh"), dist, version, "e2e", strings.TrimSpace(string(arch)))
	command.Env = append(os.Environ(), "IMAGE=localhost/auditship")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	archives, err := filepath.Glob(filepath.Join(dist, "auditship_"+version+"_*.tar"))
	must(t, err)
	for _, archive := range archives {
		must(t, l.LoadImage(t.Context(), archive))
	}
	t.Logf("image %s built and loaded in %.1f s", version, time.Since(begin).Seconds())
}

// deployment is what the test changes of the manifests of deploy/kubernetes, as a user would: in an overlay of its own.
type deployment struct {
	overlay string // of deploy/kubernetes/overlays
	tag     string // of the image
	policy  string // policy.yaml: what Elasticsearch is to get
	linger  string // of Kafka's batches
	compare bool   // the log with what the API server counted, which needs a token
}

const kustomization = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: auditship
resources: [%s]
components: [%s]
images:
  - {name: auditship, newName: localhost/auditship, newTag: %s}
  - {name: busybox, newName: localhost/busybox, newTag: e2e}
configMapGenerator:
  - {name: auditship, behavior: merge, files: [auditship.yaml, policy.yaml]}
secretGenerator:
  - {name: auditship, files: [ca.crt, password]}
generatorOptions: {disableNameSuffixHash: true}
`

const configuration = `cluster: e2e
node: ${NODE_NAME}
listen: :9180
redact: off # what arrives is held against the log, field by field
disk: {min_free: 64MiB}
inputs:
  - name: apiserver
    file: {path: /var/log/kubernetes/audit/audit.log}
%s
outputs:
  - name: search
    elasticsearch:
      urls: ["%s"]
      index: %s-%%Y.%%m.%%d
      username: agent
      password_file: /var/run/secrets/auditship/password
      tls: {ca_file: /var/run/secrets/auditship/ca.crt, server_name: localhost}
    policy_file: policy.yaml
  - name: bus
    kafka:
      brokers: ["%s"]
      topic: %s
      sasl: {mechanism: SCRAM-SHA-512, username: agent, password_file: /var/run/secrets/auditship/password}
      tls: {ca_file: /var/run/secrets/auditship/ca.crt, server_name: localhost}
    batch: {linger: %s}
`

const comparison = `    apiserver_metrics:
      url: https://${HOST_IP}:6443/metrics
      every: 5s
      token_file: /var/run/secrets/kubernetes.io/serviceaccount/token
      tls: {ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt}
`

// setup installs the index template as an administrator would, from outside of the cluster.
func (l *lab) setup(t *testing.T, binary agent.Binary) {
	t.Helper()
	config := l.write(t, "setup.yaml", fmt.Sprintf(`outputs:
  - name: search
    elasticsearch: {urls: ["%s"], index: "%s-%%Y.%%m.%%d", username: elastic, password: elastic-secret, tls: {ca_file: "%s"}}
`, l.elasticsearch.URL, index, l.elasticsearch.CAFile))
	if out, err := exec.Command(string(binary), "setup", "-c", config).CombinedOutput(); err != nil {
		t.Fatalf("setup: %v\n%s", err, out)
	}
}

// manifests is deploy/kubernetes as seen from a directory: kustomize takes no absolute paths.
func (l *lab) manifests(t *testing.T, dir string) string {
	t.Helper()
	manifests, err := filepath.Abs(filepath.Join(repository, "deploy/kubernetes"))
	must(t, err)
	relative, err := filepath.Rel(dir, manifests)
	must(t, err)
	return relative
}

// reachable is a server's host and port as pods reach them.
func (l *lab) reachable(url string) string {
	_, address, found := strings.Cut(url, "://")
	if !found {
		address = url
	}
	return strings.Replace(address, "127.0.0.1", l.Host, 1)
}

// apply does kubectl apply -k, and waits until the rollout is complete.
func (l *lab) apply(t *testing.T, d deployment) {
	t.Helper()
	dir := filepath.Join(l.dir, "overlay")
	must(t, os.MkdirAll(dir, 0o755))
	relative := l.manifests(t, dir)
	component, extra := "", ""
	if d.compare {
		component, extra = relative+"/components/apiserver-metrics", comparison
	}
	for name, content := range map[string]string{
		"kustomization.yaml": fmt.Sprintf(kustomization, relative+"/overlays/"+d.overlay, component, d.tag),
		"auditship.yaml":     fmt.Sprintf(configuration, extra, "https://"+l.reachable(l.elasticsearch.URL), index, l.reachable(l.kafka.SASLTLS), topic, d.linger),
		"policy.yaml":        d.policy,
		"ca.crt":             string(l.certificates(t)),
		"password":           "agent-secret",
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	l.kubectl(t, "apply", "-k", dir)
	begin := time.Now()
	l.kubectl(t, "-n", "auditship", "rollout", "status", "daemonset/auditship", "--timeout=600s")
	status := l.kubectl(t, "-n", "auditship", "exec", "daemonset/auditship", "--", "/auditship", "status", "-c", "/etc/auditship/auditship.yaml")
	if !strings.Contains(status, "apiserver/search") || !strings.Contains(status, "apiserver/bus") {
		t.Errorf("auditship status in the pod says\n%s", status)
	}
	t.Logf("%s with %s rolled out in %.1f s", d.overlay, d.tag, time.Since(begin).Seconds())
}

// kubectl fails the test if the command fails.
func (l *lab) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := l.Kubectl(t.Context(), args...)
	must(t, err)
	return out
}

// pod is the agent's, as kubelet sees it.
type pod struct {
	Metadata struct{ Name, UID string }
	Status   struct {
		PodIP             string
		ContainerStatuses []struct {
			Image        string
			ContainerID  string
			RestartCount int
		}
	}
}

func (l *lab) pod(t *testing.T) (p pod) {
	t.Helper()
	await(t, "one pod of the agent is ready", patience, func(ctx context.Context) error {
		if _, err := l.Kubectl(ctx, "-n", "auditship", "rollout", "status", "daemonset/auditship", "--timeout=300s"); err != nil {
			return err
		}
		out, err := l.Kubectl(ctx, "-n", "auditship", "get", "pods", "-o", "json")
		if err != nil {
			return err
		}
		var list struct{ Items []pod }
		if err := json.Unmarshal([]byte(out), &list); err != nil {
			return err
		}
		if len(list.Items) != 1 || len(list.Items[0].Status.ContainerStatuses) != 1 || list.Items[0].Status.PodIP == "" {
			return fmt.Errorf("there are %d pods", len(list.Items))
		}
		p = list.Items[0]
		return nil
	})
	return p
}

// metrics scrapes the agent from outside of the node, as Prometheus would from another pod.
func (p *pod) metrics(ctx context.Context) (agent.Metrics, error) {
	return agent.FetchMetrics(ctx, &http.Client{Timeout: time.Minute}, "http://"+p.Status.PodIP+":9180/metrics")
}

package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/verify"
)

// TestCanaries ships a whole recorded log with redaction as it is by default: what was hidden in it on purpose arrives nowhere,
// and everything else does.
func TestCanaries(t *testing.T) {
	dir := newDir(t)
	logs := filepath.Join(dir, "log")
	must(t, auditlog.Copy(corpus(t), logs))
	log, err := verify.ReadLog(logs)
	must(t, err)
	archive := []destination{toFile(dir, "archive", agent.File{})}
	config := newConfig(t, dir, filepath.Join(logs, "audit.log"), archive)
	config.Redact = ""
	must(t, start(t, config, "--once").Wait(t.Context()))
	if n := look(t, archive[0], formsOf("hunter2-in-env", "query-string-secret", "last-applied-leak-value", "correct-horse-battery-staple", "managedFields\":[")); n != log.Len() {
		t.Errorf("%d of %d events arrived", n, log.Len())
	}
}

// TestNoSecretLeaves has a real kube-apiserver log everything in full while people make Secrets, tokens and pods in every way that
// kubectl knows. All values are in the log; none may be in any output or in the agent's state.
func TestNoSecretLeaves(t *testing.T) {
	startServers(t)
	dir := newDir(t)
	policy := filepath.Join(dir, "policy.yaml")
	must(t, os.WriteFile(policy, []byte("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: RequestResponse\n"), 0o644))
	t.Setenv("AUDIT_POLICY", policy)
	t.Setenv("AUDIT_MAXSIZE", "512")
	cluster, err := backend.StartKubernetes(t.Context(), dir, false)
	must(t, err)
	t.Cleanup(func() { report(cluster.Stop()) })

	destinations := toAll(t, dir, "redaction")
	config := newConfig(t, dir, filepath.Join(cluster.AuditDir, "audit.log"), destinations)
	config.Redact = ""
	process := start(t, config)
	planted := plantSecrets(t, cluster, dir)
	must(t, cluster.Stop())
	log, err := verify.ReadLog(cluster.AuditDir)
	must(t, err)
	settle(t, process, log.Len(), 5*time.Minute, names(destinations)...)

	written := readAll(t, cluster.AuditDir)
	for _, value := range planted {
		if !holds(written, formsOf(value)) {
			t.Errorf("%s is not even in the audit log: nothing is shown by its absence elsewhere", value)
		}
	}
	tokens := regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]+\.[\w-]+`).FindAllString(string(written), -1)
	if len(tokens) == 0 {
		t.Error("no token is in the audit log")
	}
	forms := append(formsOf(planted...), tokens...)
	for _, destination := range destinations {
		if n := look(t, destination, forms); n != log.Len() {
			t.Errorf("%s: %d of %d events arrived", destination.Name, n, log.Len())
		}
	}
	if state := readAll(t, config.StateDir); holds(state, forms) {
		t.Error("the state directory holds a secret")
	}
	t.Logf("%d values and %d tokens in %d events", len(planted), len(tokens), log.Len())
}

// plantSecrets makes secrets in every way, and returns their values.
func plantSecrets(t *testing.T, cluster *backend.Kubernetes, dir string) (values []string) {
	t.Helper()
	plain := func(name string) string {
		values = append(values, "never-ship-"+name+"!")
		return values[len(values)-1]
	}
	encoded := func(name string) string { return base64.StdEncoding.EncodeToString([]byte(plain(name))) }
	file := func(manifest string) string {
		f, err := os.CreateTemp(dir, "*.json")
		must(t, err)
		_, err = f.WriteString(manifest)
		must(t, err)
		must(t, f.Close())
		return f.Name()
	}
	secret := func(value string) string {
		return file(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"applied","namespace":"prod"},"stringData":{"a":"` + value + `"}}`)
	}
	shop := file(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"shop","namespace":"prod"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},` +
		`"spec":{"containers":[{"name":"shop","image":"x","args":["--password","` + plain("argument") + `"],"env":[{"name":"DB_PASSWORD","value":"` + plain("env") + `"}]}]}}}}`)
	for _, command := range []string{
		"create namespace prod",
		"-n prod create secret generic db --from-literal=password=" + plain("literal"),
		"apply -f " + secret(plain("applied")),
		"apply -f " + secret(plain("applied-again")),
		"apply --server-side --force-conflicts -f " + secret(plain("server-side")),
		"replace -f " + secret(plain("replaced")),
		`-n prod patch secret db --type=merge -p {"stringData":{"b":"` + plain("merge-patch") + `"}}`,
		`-n prod patch secret db --type=strategic -p {"data":{"c":"` + encoded("strategic-patch") + `"}}`,
		`-n prod patch secret db --type=json -p [{"op":"add","path":"/data/d","value":"` + encoded("json-patch") + `"},{"op":"add","path":"/metadata/annotations","value":{"x":"y"}}]`,
		`-n prod annotate secret db kubectl.kubernetes.io/last-applied-configuration={"kind":"Secret","stringData":{"e":"` + plain("annotation") + `"}}`,
		"-n prod get secrets -o yaml",
		"-n prod get secret db -o json",
		"get secrets -A",
		"apply -f " + shop,
		"-n prod set env deployment/shop API_TOKEN=" + plain("set-env"),
		`-n prod patch deployment shop --type=json -p [{"op":"replace","path":"/spec/template/spec/containers/0/env/0/value","value":"` + plain("env-patch") + `"}]`,
		"-n prod get deployments,replicasets -o yaml",
		"-n prod create serviceaccount builder",
		"-n prod create token builder",
		"create -f " + file(`{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"`+plain("review")+`"}}`),
		"get --raw /api/v1/namespaces?access_token=" + plain("query"),
		"-n prod delete secret applied",
		"-n prod delete secrets --all",
	} {
		must(t, cluster.Kubectl(t.Context(), "admin", strings.Fields(command)...))
	}
	return values
}

// formsOf are the ways in which values may be written: as they are, percent-encoded, and in base64 wherever they begin.
func formsOf(values ...string) (forms []string) {
	for _, value := range values {
		forms = append(forms, value, strings.ReplaceAll(value, "!", "%21"))
		for shift := range 3 {
			text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + value))
			forms = append(forms, text[4:len(text)-4])
		}
	}
	return forms
}

func holds(text []byte, forms []string) bool {
	for _, form := range forms {
		if bytes.Contains(text, []byte(form)) {
			return true
		}
	}
	return false
}

// look looks for forms in everything that a destination holds, and counts that.
func look(t *testing.T, d destination, forms []string) (events int) {
	t.Helper()
	for delivery, err := range d.read(context.WithoutCancel(t.Context())) {
		must(t, err)
		events++
		for _, form := range forms {
			if bytes.Contains(delivery.Body, []byte(form)) {
				t.Fatalf("%s holds %q: %.2000s", d.Name, form, delivery.Body)
			}
		}
	}
	return events
}

// readAll are all files below a directory, but for compressed ones.
func readAll(t *testing.T, dir string) (all []byte) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		all = append(all, content...)
		return err
	}))
	return all
}

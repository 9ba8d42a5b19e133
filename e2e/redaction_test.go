package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/url"
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

// TestCanaries ships a whole recorded log to all outputs at once, with redaction as it is by default: what was hidden in it on purpose
// arrives nowhere, and every event does.
func TestCanaries(t *testing.T) {
	dir := newDir(t)
	logs := filepath.Join(dir, "log")
	must(t, auditlog.Copy(corpus(t), logs))
	if !holds(readAll(t, logs), []string{"hunter2-in-env", "last-applied-leak-value", "query-string-secret"}) {
		t.Skip("nothing was hidden in this recording: AUDITSHIP_E2E_AUDIT names another")
	}
	log, err := verify.ReadLog(logs)
	must(t, err)
	startServers(t)
	destinations := toAll(t, dir, "canaries")
	config := newConfig(t, dir, filepath.Join(logs, "audit.log"), destinations)
	config.Redact = ""
	must(t, start(t, config, "--once").Wait(t.Context()))
	forms := append(formsOf("hunter2-in-env", "query-string-secret", "last-applied-leak-value", "correct-horse-battery-staple"), "managedFields\":[")
	lookEverywhere(t, config, destinations, forms, log.Len())
}

// secretsPolicy has everything in full, but for one account, of which there are no bodies: what is hidden of it is found without them.
const secretsPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- {level: Metadata, users: [breakglass]}
- level: RequestResponse
`

// TestNoSecretLeaves has a real kube-apiserver log everything in full while people make Secrets, tokens and pods in every way that
// kubectl knows, and in some that are refused. All values are in the log; none may be in any output, in the agent's state or log,
// or in what it says of itself.
func TestNoSecretLeaves(t *testing.T) {
	startServers(t)
	dir := newDir(t)
	policy := filepath.Join(dir, "policy.yaml")
	must(t, os.WriteFile(policy, []byte(secretsPolicy), 0o644))
	t.Setenv("AUDIT_POLICY", policy)
	t.Setenv("AUDIT_MAXSIZE", "512")
	cluster, err := backend.StartKubernetes(t.Context(), dir, false)
	must(t, err)
	t.Cleanup(func() { report(cluster.Stop()) })

	destinations := toAll(t, dir, "redaction")
	config := newConfig(t, dir, filepath.Join(cluster.AuditDir, "audit.log"), destinations)
	config.Redact = ""
	config.Log = map[string]string{"level": "debug"}
	process := start(t, config)
	planted := plantSecrets(t, cluster, dir)
	must(t, cluster.Stop())
	log, err := verify.ReadLog(cluster.AuditDir)
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	must(t, process.AwaitSettled(ctx, log.Len(), names(destinations)...))
	said := append(ask(t, "tcp", config.Listen, "/metrics", "/healthz", "/readyz"), ask(t, "unix", strings.TrimPrefix(config.Admin, "unix://"), "/status", "/debug/pprof/heap?debug=1", "/debug/pprof/goroutine?debug=2")...)
	must(t, process.Stop(ctx))

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
	if holds(said, forms) || len(said) < 1000 {
		t.Errorf("the agent says a secret of itself, or nothing: %d bytes", len(said))
	}
	lookEverywhere(t, config, destinations, forms, log.Len())
	t.Logf("%d values and %d tokens, in %d forms, in %d events", len(planted), len(tokens), len(forms), log.Len())
}

// ask gets pages of an address.
func ask(t *testing.T, network, address string, paths ...string) (all []byte) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}}
	defer client.CloseIdleConnections()
	for _, path := range paths {
		answer, err := client.Get("http://agent" + path)
		must(t, err)
		page, err := io.ReadAll(answer.Body)
		must(t, err)
		must(t, answer.Body.Close())
		if answer.StatusCode != http.StatusOK || len(page) == 0 {
			t.Errorf("%s: %s, %d bytes", path, answer.Status, len(page))
		}
		all = append(all, page...)
	}
	return all
}

// lookEverywhere looks for forms at all destinations, which must hold every event, and in what the agent leaves behind: its state, with
// checkpoints and dead letters, and its log.
func lookEverywhere(t *testing.T, config *agent.Config, destinations []destination, forms []string, events int) {
	t.Helper()
	for _, destination := range destinations {
		if n := look(t, destination, forms); n != events {
			t.Errorf("%s: %d of %d events arrived", destination.Name, n, events)
		}
	}
	left := readAll(t, config.StateDir)
	log, err := os.ReadFile(filepath.Join(filepath.Dir(config.StateDir), "agent.log"))
	must(t, err)
	if len(left) == 0 || len(log) == 0 || holds(append(left, log...), forms) {
		t.Errorf("the state directory (%d bytes) or the log (%d) holds a secret, or nothing", len(left), len(log))
	}
}

// formsOf are the ways in which values may be written: as they are, percent-encoded, in hexadecimal digits, and in base64 wherever they
// begin.
func formsOf(values ...string) (forms []string) {
	for _, value := range values {
		digits := hex.EncodeToString([]byte(value))
		forms = append(forms, value, url.QueryEscape(value), digits, strings.ToUpper(digits))
		for shift := range 3 {
			text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + value))
			forms = append(forms, text[4:len(text)-4], base64url.Replace(text[4:len(text)-4]))
		}
	}
	return forms
}

// base64url makes base64 what it is in tokens and URLs.
var base64url = strings.NewReplacer("+", "-", "/", "_")

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

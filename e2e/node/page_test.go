package node_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/page"
	"github.com/auditship/auditship/e2e/verify"
)

// checkout is where the node has the repository.
const checkout = "/root/auditship"

// installPage follows docs/install.md, and README.md's part on installation, as a newcomer would: each command as it stands there,
// but for the names of servers. In the end Helm's release is deployed.
func (l *lab) installPage(t *testing.T) {
	l.newCheckout(t)
	blocks, err := page.Blocks("../../docs/install.md", "")
	must(t, err)
	readme, err := page.Blocks("../../README.md", "## Install")
	must(t, err)
	looks, err := page.Blocks("../../docs/install.md", "## See that it works")
	must(t, err)
	looks = page.At(looks, "node")

	for _, b := range page.At(blocks, "build") {
		l.onBuilder(t, b)
	}
	steps := page.At(blocks, "node")
	for _, b := range steps[:len(steps)-len(looks)] {
		l.literally(t, b)
	}
	l.arrives(t, "Elasticsearch", l.indexed(t, "logs-kubernetes.audit-default"))
	for _, b := range page.At(readme, "node") {
		l.literally(t, b)
	}
	l.arrives(t, "the file", verify.Files(filepath.Join(l.Root, "var/log/auditship/events.jsonl")))

	l.kubectl(t, "delete", "namespace", "auditship", "--timeout=300s")
	for _, b := range append(page.At(blocks, "helm"), looks...) {
		l.literally(t, b)
	}
	l.arrives(t, "Loki", l.logged(t))
}

// newCheckout copies the repository as it stands to the node, with the agent built, and what a newcomer has beside it.
func (l *lab) newCheckout(t *testing.T) {
	t.Helper()
	dir := filepath.Join(l.Root, checkout)
	must(t, os.MkdirAll(filepath.Join(dir, "prod"), 0o755))
	copied := exec.Command("bash", "-euo", "pipefail", "-c", `git ls-files -z | tar --null -T - -c | tar -x -C "$0" && cp -p "$1" "$0"`, dir, filepath.Join(l.Root, "opt/e2e/auditship"))
	copied.Dir = repository
	if out, err := copied.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ca, err := os.ReadFile(l.elasticsearch.CAFile)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "prod/ca.crt"), ca, 0o600))
	l.inside(t, "sh", "-c", `printf '#!/bin/sh\nexec "$@"\n' > /usr/local/bin/sudo && chmod 755 /usr/local/bin/sudo`)
}

// onBuilder runs a block in the same checkout, but on this machine, which has Go and buildah.
func (l *lab) onBuilder(t *testing.T, b page.Block) {
	t.Helper()
	begin := time.Now()
	command := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", b.Text)
	command.Dir = filepath.Join(l.Root, checkout)
	out, err := command.CombinedOutput()
	t.Logf("line %d: %.1f s\n%s%s", b.Line, time.Since(begin).Seconds(), b.Text, out)
	must(t, err)
}

// literally runs a block on the node as it stands, but for the servers' names.
func (l *lab) literally(t *testing.T, b page.Block) {
	t.Helper()
	begin := time.Now()
	text := strings.NewReplacer("elasticsearch.example.org:9200", l.reachable(l.elasticsearch.URL), "loki.example.org:3100", l.reachable(l.loki.URL)).Replace(b.Text)
	out, err := l.Exec(t.Context(), "env", "-C", checkout, "ELASTIC_PASSWORD="+backend.ElasticAdminPassword,
		"AGENT_PASSWORD="+backend.ElasticAgentPassword, "bash", "-euo", "pipefail", "-c", text)
	t.Logf("line %d: %.1f s\n%s%.3000s", b.Line, time.Since(begin).Seconds(), text, out)
	must(t, err)
}

// arrives does something that no policy leaves out, and waits until an output has it.
func (l *lab) arrives(t *testing.T, name string, all verify.Deliveries) {
	t.Helper()
	marker := fmt.Sprintf("marker-%d", time.Now().UnixNano())
	l.kubectl(t, "-n", "default", "create", "secret", "generic", marker)
	await(t, "an event is in "+name, patience, func(context.Context) error {
		for event, err := range all {
			if err != nil || strings.Contains(string(event.Body), marker) {
				return err
			}
		}
		return errors.New("it is not there")
	})
}

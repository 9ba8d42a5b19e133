package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/page"
)

// onHost stands before the commands of a host: sudo and an editor, as far as a machine without people has them, and what
// `enable-audit` leaves on a control-plane node. $SAMPLE is the log.
const onHost = `
mkdir -p /usr/local/bin
printf '#!/bin/sh\nexec "$@"\n' > /usr/local/bin/sudo
printf '#!/bin/sh\nsed -i "s/min_free: .*/min_free: 1MiB/" "$1"\n' > /usr/local/bin/sudoedit
chmod 755 /usr/local/bin/sudo /usr/local/bin/sudoedit
export PATH=/usr/local/bin:$PATH
cp -r /checkout/agent/doctor/testdata/right/etc/kubernetes /etc/
mkdir -p -m 700 /var/log/kubernetes/audit
(umask 077; cp "$SAMPLE" /var/log/kubernetes/audit/audit.log)
cd /checkout
`

// arrived stands behind them.
const arrived = `
for _ in $(seq 600); do
  [ "$(cat /var/log/auditship/events.jsonl 2> /dev/null | wc -l)" -lt "$(cat "$SAMPLE" | wc -l)" ] || break
  sleep 0.1
done
[ "$(sort -u /var/log/auditship/events.jsonl | wc -l)" = "$(cat "$SAMPLE" | wc -l)" ]
echo "ok: all is there"
`

// TestInstallHost builds the packages, and runs the ways to install on a host: each on a copy of this machine with a systemd of its own,
// and then what shows that it works.
func TestInstallHost(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("NOT TESTED: the commands of the page are for amd64")
	}
	blocks := installBlocks(t)
	dir := newCheckout(t)
	_, err := agent.Build(t.Context(), dir, dir)
	must(t, err)
	for _, b := range page.At(blocks, "packages") {
		literally(t, dir, b)
	}
	ways, err := page.Blocks(installPage, "## Host")
	must(t, err)
	looks, err := page.Blocks(installPage, "## See that it works")
	must(t, err)
	byHand, err := page.Blocks("../README.md", "## Install")
	must(t, err)
	ways, looks, byHand = page.At(ways, "host"), page.At(looks, "host"), page.At(byHand, "host")
	if all := page.At(blocks, "host"); len(ways)+len(looks)+len(byHand) != len(all) {
		t.Fatalf("there are %d blocks for a host, of which %d are known", len(all), len(ways)+len(looks)+len(byHand))
	}
	for _, way := range ways {
		t.Run(fmt.Sprintf("line %d", way.Line), func(t *testing.T) {
			onCopy(t, []string{"-b"}, dir, onHost, append([]page.Block{way}, looks...), arrived)
		})
	}
	t.Run("by hand", func(t *testing.T) { onCopy(t, nil, dir, onHost, byHand, arrived) })
}

// onCopy runs blocks on a copy of this machine, between what prepares and what looks at it; with the flag -b under a systemd.
func onCopy(t *testing.T, flags []string, checkout, before string, blocks []page.Block, after string) {
	t.Helper()
	script := before
	for _, b := range blocks {
		script += "bash -euo pipefail -c '" + strings.ReplaceAll(b.Text, "'", `'\''`) + "'\n"
	}
	file := filepath.Join(newDir(t), "inside.sh")
	must(t, os.WriteFile(file, []byte(script+after), 0o600))
	sample, err := filepath.Abs("../agent/demo/sample.jsonl")
	must(t, err)
	command := exec.CommandContext(t.Context(), "../deploy/packages/testdata/copy.sh", append(flags, file)...)
	command.Env = append(os.Environ(), "SAMPLE="+sample, "CHECKOUT="+checkout)
	out, err := command.CombinedOutput()
	t.Logf("%s%s", script, out)
	if command.ProcessState.ExitCode() == 77 {
		t.Skip(string(out))
	}
	if err != nil || !strings.Contains(string(out), "\nok: ") {
		t.Fatal(err)
	}
}

// TestInstallDistributions runs what k3s and RKE2 are given, and looks at the files that they would read.
func TestInstallDistributions(t *testing.T) {
	dir := newCheckout(t)
	_, err := agent.Build(t.Context(), dir, dir)
	must(t, err)
	const standIn = onHost + `printf '#!/bin/sh\necho "$@" > /tmp/asked\n' > /usr/local/bin/systemctl
chmod 755 /usr/local/bin/systemctl
`
	for place, look := range map[string]string{
		"k3s": `
policy=$(sed -n 's/^  - audit-policy-file=//p' /etc/rancher/k3s/config.yaml)
[ -d "$(dirname "$(sed -n 's/^  - audit-log-path=//p' /etc/rancher/k3s/config.yaml)")" ]
[ "$(cat /tmp/asked)" = "restart k3s" ]`,
		"rke2": `
policy=$(sed -n 's/^audit-policy-file: //p' /etc/rancher/rke2/config.yaml)
[ "$(cat /tmp/asked)" = "restart rke2-server" ]`,
	} {
		t.Run(place, func(t *testing.T) {
			onCopy(t, nil, dir, standIn, page.At(installBlocks(t), place), look+"\n./auditship policy lint \"$policy\"\necho; echo 'ok: '\n")
		})
	}
}

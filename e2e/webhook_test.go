package e2e_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/verify"
)

// TestWebhook has a real kube-apiserver audit to a file and to the agent's webhook at the same time, in each of its modes, while the
// agent is killed ten times. What the file holds has to be at every output once, byte for byte as in the file. (The two backends of
// the API server get every event, and an item of the webhook's list is the line of the log but for kind and apiVersion.)
func TestWebhook(t *testing.T) {
	startServers(t)
	for _, mode := range pick([]string{"blocking"}, []string{"blocking", "blocking-strict", "batch"}) {
		t.Run(mode, func(t *testing.T) { takeFromCluster(t, mode) })
	}
}

func takeFromCluster(t *testing.T, mode string) {
	dir := newDir(t)
	port, err := backend.Ports(1)
	must(t, err)
	writeCertificates(t, dir)
	name := map[string]string{"blocking": "webhook-held", "blocking-strict": "webhook-strict", "batch": "webhook-batch"}[mode] // no name begins with another
	destinations := []destination{toIndices(t, name), toKafka(name), toFile(dir, "archive", agent.File{})}
	config := newConfig(t, dir, filepath.Join(dir, "none.log"), destinations)
	config.Inputs = []agent.Input{{Name: "hook", Webhook: &agent.Webhook{
		Listen: fmt.Sprintf("127.0.0.1:%d", port), Clients: []string{"apiserver"},
		TLS: agent.ServerTLS{CertFile: filepath.Join(dir, "server.crt"), KeyFile: filepath.Join(dir, "server.key"), ClientCAFile: filepath.Join(dir, "webhook-ca.crt")},
	}}}
	process := start(t, config)
	kubeconfig := filepath.Join(dir, "webhook.kubeconfig")
	must(t, os.WriteFile(kubeconfig, webhookConfig(t, dir, mode), 0o600))

	cluster, err := backend.StartKubernetes(t.Context(), dir, false, "--audit-webhook-config-file="+kubeconfig, "--audit-webhook-mode="+mode,
		"--audit-webhook-initial-backoff=500ms", "--audit-webhook-batch-max-wait=1s")
	must(t, err)
	t.Cleanup(func() { report(cluster.Stop()) })
	kept := filepath.Join(dir, "kept")
	keeper, err := auditlog.Keep(cluster.AuditDir, kept)
	must(t, err)

	loaded := make(chan error, 1)
	go func() { loaded <- cluster.Load(t.Context(), pick(25*time.Second, 40*time.Second), 4) }()
	for range 10 {
		pause(t, 2*time.Second)
		process.Kill()
		process = start(t, config)
	}
	must(t, <-loaded)
	end := time.Now().UTC()
	pause(t, 3*time.Second) // a batch may wait for a second
	must(t, cluster.Stop())
	must(t, keeper.Finish())
	log, err := verify.ReadLog(kept)
	must(t, err)
	sent := until(t, log, end)
	settle(t, process, sent.Len(), 3*time.Minute, names(destinations)...)
	for _, d := range destinations {
		all, err := log.Compare(d.Name, d.read(t.Context()))
		must(t, err)
		before, err := sent.Compare(d.Name, d.read(t.Context()))
		must(t, err)
		t.Logf("%v\n    and until the end of the load: missing %d", all, before.Missing)
		if before.Missing+all.Doubled+all.Extra+all.Altered > 0 || sent.Len() < 1000 {
			t.Errorf("%s does not hold exactly what the API server has sent", d.Name)
		}
	}
}

// until is the part of a log that was written before the API server was stopped: with its end its webhook backend ends before its
// watches do, and what these audit is in the file alone ("audit backend shut down").
func until(t *testing.T, log *verify.Log, end time.Time) *verify.Log {
	t.Helper()
	var early verify.Log
	for _, line := range log.Lines() {
		var e struct{ StageTimestamp time.Time }
		must(t, json.Unmarshal(line, &e))
		if e.StageTimestamp.Before(end) {
			early.Add(line)
		}
	}
	return &early
}

// webhookConfig is what the agent's own command prints for the API server.
func webhookConfig(t *testing.T, dir, mode string) []byte {
	t.Helper()
	var stderr bytes.Buffer
	command := exec.Command(string(binary), "webhook-config", "-c", filepath.Join(dir, "auditship.yaml"), "--dir", dir, "--mode", mode)
	command.Stderr = &stderr
	text, err := command.Output()
	if err != nil {
		t.Fatalf("auditship webhook-config: %v\n%s", err, &stderr)
	}
	return text
}

// writeCertificates makes an authority, a server and a client in dir.
func writeCertificates(t *testing.T, dir string) {
	t.Helper()
	ca := &x509.Certificate{Subject: pkix.Name{CommonName: "webhook"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	authority, signer := writeCertificate(t, dir, "webhook-ca", ca, nil, nil)
	for file, name := range map[string]string{"server": "collector", "webhook-client": "apiserver"} {
		writeCertificate(t, dir, file, &x509.Certificate{Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}, authority, signer)
	}
}

func writeCertificate(t *testing.T, dir, file string, template, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	if parent == nil {
		parent, signer = template, key
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, file+".crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, file+".key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	made, err := x509.ParseCertificate(der)
	must(t, err)
	return made, key
}

package cli

import (
	"strings"
	"testing"
)

const hooks = `
node: cp-1
inputs:
  - name: eu
    cluster: prod-eu
    webhook: {listen: "0.0.0.0:9443", path: /eu, clients: [apiserver-eu], tls: {cert_file: /c, key_file: /k, client_ca_file: /etc/auditship/clients.crt}}
  - name: us
    webhook: {listen: "10.0.0.1:9443", path: /us, clients: [a, b], tls: {cert_file: /c, key_file: /k, client_ca_file: /etc/auditship/clients.crt}}
  - name: open
    webhook: {listen: ":9444", tls: {cert_file: /c, key_file: /k, client_certificates: none}}
outputs:
  - name: archive
    file: {path: /var/log/auditship/events.jsonl}
`

func TestWebhookConfig(t *testing.T) {
	inDir(t, "a.yaml", hooks)
	code, stdout, stderr := run("webhook-config", "-c", "a.yaml", "--input", "eu", "--host", "collector.example.com", "--mode", "blocking")
	if code != 0 || stderr != "" {
		t.Fatalf("got %d %s", code, stderr)
	}
	golden(t, "webhook-config.txt", stdout)
	for args, want := range map[string]string{
		"--input us": "server: https://10.0.0.1:9443/us", "--input us --dir /x": "client-key: /x/webhook-client.key", "--input open --host h": "user: {}",
	} {
		if code, stdout, stderr := run(append([]string{"webhook-config", "-c", "a.yaml"}, strings.Fields(args)...)...); code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("%s: %d %s%s", args, code, stdout, stderr)
		}
	}
}

func TestWebhookConfigRefuses(t *testing.T) {
	inDir(t, "a.yaml", hooks)
	write(t, "b.yaml", "node: a\ninputs: [{name: a, stdin: {}}]\noutputs: [{name: b, file: {path: /b}}]\n")
	for args, want := range map[string]string{
		"-c a.yaml": "several webhook inputs", "-c a.yaml --input x": `no webhook input "x"`, "-c b.yaml": "no webhook input", "-c a.yaml --input eu --mode fast": "--mode",
	} {
		if code, _, stderr := run(append([]string{"webhook-config"}, strings.Fields(args)...)...); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: %d %s", args, code, stderr)
		}
	}
}

package backend

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Collector is an OpenTelemetry Collector with one receiver. It writes what that gets to a file, as OTLP in JSON; a Restart goes on with
// the same file.
type Collector struct {
	*Process
	Address string
	File    string
}

// The receivers of a Collector. Those for HTTP want TLS, with server.crt and server.key in the Collector's directory, and the token.
const (
	FluentForward  = "fluentforward"
	SplunkHEC      = "splunk_hec"
	WebhookEvent   = "webhook_event"
	CollectorToken = "0a1b2c3d-0000-4000-8000-e2e"
)

const collectorConfig = `extensions:
  bearertokenauth/splunk: {scheme: Splunk, token: %[4]q}
receivers:
  %[1]s:
    endpoint: %[2]q
%[5]sexporters:
  file: {path: %[3]q, format: json, append: true}
service:
  extensions: [bearertokenauth/splunk]
  telemetry: {logs: {level: warn}, metrics: {level: none}}
  pipelines:
    logs: {receivers: [%[1]s], exporters: [file]}
`

// receiverConfig is what a receiver needs beside its address; DIR stands for the Collector's directory.
var receiverConfig = map[string]string{
	SplunkHEC: `    tls: {cert_file: DIR/server.crt, key_file: DIR/server.key}
    auth: {authenticator: bearertokenauth/splunk}
`,
	WebhookEvent: `    tls: {cert_file: DIR/server.crt, key_file: DIR/server.key}
    path: /audit
    split_logs_at_newline: true
    max_request_body_size: 20971520
    read_timeout: 10s
    write_timeout: 10s
    required_header: {key: Authorization, value: "Bearer ` + CollectorToken + `"}
`,
}

// BuildCollector builds the Collector in source, a module of its own, into the cache.
func BuildCollector(ctx context.Context, source string) (binary string, err error) {
	cache, err := Cache()
	if err != nil {
		return "", err
	}
	binary = filepath.Join(cache, "bin", "collector")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Dir, build.Env = source, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the Collector: %w\n%s", err, out)
	}
	return binary, nil
}

// StartCollector builds the Collector in source and starts it with a receiver, and with its files in dir.
func StartCollector(ctx context.Context, source, receiver, dir string) (*Collector, error) {
	binary, err := BuildCollector(ctx, source)
	if err != nil {
		return nil, err
	}
	port, err := Ports(1)
	if err != nil {
		return nil, err
	}
	c := &Collector{Address: fmt.Sprintf("127.0.0.1:%d", port), File: filepath.Join(dir, "collector.json")}
	config := filepath.Join(dir, "collector.yaml")
	own := strings.ReplaceAll(receiverConfig[receiver], "DIR", dir)
	text := fmt.Appendf(nil, collectorConfig, receiver, c.Address, c.File, CollectorToken, own)
	if err := os.WriteFile(config, text, 0o644); err != nil {
		return nil, err
	}
	c.Process, err = Start(ctx, Spec{Name: "collector", Dir: dir, Command: []string{binary, "--config", config}, Ready: tcpReady(c.Address)})
	return c, err
}

// Restart starts it again after a Stop.
func (c *Collector) Restart(ctx context.Context) error {
	p, err := Start(ctx, c.Spec)
	if err == nil {
		c.Process = p
	}
	return err
}

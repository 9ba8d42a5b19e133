package backend

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Collector is an OpenTelemetry Collector that takes the Forward Protocol and writes what it gets to a file, as OTLP in JSON.
type Collector struct {
	*Process
	Address string
	File    string
}

const collectorConfig = `receivers:
  fluentforward: {endpoint: %q}
exporters:
  file: {path: %q, format: json}
service:
  telemetry: {logs: {level: warn}, metrics: {level: none}}
  pipelines:
    logs: {receivers: [fluentforward], exporters: [file]}
`

// StartCollector builds the Collector in source, a module of its own, and starts it with its files in dir.
func StartCollector(ctx context.Context, source, dir string) (*Collector, error) {
	cache, err := Cache()
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(cache, "bin", "collector")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Dir, build.Env = source, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the Collector: %w\n%s", err, out)
	}
	port, err := Ports(1)
	if err != nil {
		return nil, err
	}
	c := &Collector{Address: fmt.Sprintf("127.0.0.1:%d", port), File: filepath.Join(dir, "collector.json")}
	config := filepath.Join(dir, "collector.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, collectorConfig, c.Address, c.File), 0o644); err != nil {
		return nil, err
	}
	c.Process, err = Start(ctx, Spec{Name: "collector", Dir: dir, Command: []string{binary, "--config", config}, Ready: tcpReady(c.Address)})
	return c, err
}

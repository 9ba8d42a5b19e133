package agent

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Binary is the path of a built agent.
type Binary string

// Build compiles the agent from the repository that holds e2e.
func Build(ctx context.Context, repository, dir string) (Binary, error) {
	binary := filepath.Join(dir, "auditship")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, ".")
	build.Dir = repository
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the agent: %w\n%s", err, out)
	}
	return Binary(binary), nil
}

// Run executes a command that ends by itself, such as setup or validate.
func (b Binary) Run(ctx context.Context, command string, config *Config) error {
	if out, err := b.Output(ctx, command, config); err != nil {
		return fmt.Errorf("auditship %s: %w\n%s", command, err, out)
	}
	return nil
}

// Output runs a command with a configuration, and returns what it printed, also if it failed.
func (b Binary) Output(ctx context.Context, command string, config *Config, flags ...string) ([]byte, error) {
	path, err := config.write()
	if err != nil {
		return nil, err
	}
	return exec.CommandContext(ctx, string(b), append([]string{command, "-c", path}, flags...)...).CombinedOutput()
}

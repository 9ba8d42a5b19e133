package backend

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"
)

// Load makes requests as several identities, as fast as the API server answers, for some time.
func (k *Kubernetes) Load(ctx context.Context, duration time.Duration, workers int) error {
	tool, err := buildTool(ctx)
	if err != nil {
		return err
	}
	load := exec.CommandContext(ctx, tool, "load", "-kubeconfigs", k.Kubeconfigs, "-duration", duration.String(),
		"-workers", fmt.Sprint(workers))
	if out, err := load.CombinedOutput(); err != nil {
		return fmt.Errorf("make load: %w\n%s", err, out)
	}
	return nil
}

// Kubectl runs kubectl as a user. That the API server refuses is an error too.
func (k *Kubernetes) Kubectl(ctx context.Context, user string, args ...string) error {
	config := filepath.Join(k.Kubeconfigs, user+".kubeconfig")
	args = append([]string{"--kubeconfig", config, "--cache-dir", filepath.Join(k.dir, "kubectl-cache")}, args...)
	if out, err := exec.CommandContext(ctx, k.kubectl, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("run kubectl as %s: %w\n%s", user, err, out)
	}
	return nil
}

// buildTool compiles e2e/backends/tools, a module of its own because client-go is heavy, and returns its path. The Go
// build cache makes repeats cheap.
func buildTool(ctx context.Context) (string, error) {
	scripts, err := Scripts()
	if err != nil {
		return "", err
	}
	cache, err := Cache()
	if err != nil {
		return "", err
	}
	tool := filepath.Join(cache, "bin", "auditlab")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", tool, ".")
	build.Dir = filepath.Join(scripts, "tools")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", build.Dir, err, out)
	}
	return tool, nil
}

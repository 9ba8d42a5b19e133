package peers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const libraries = "usr/lib/x86_64-linux-gnu"

// debian fetches packages with apt-get and unpacks them into a directory of the cache. Nothing is installed: rsyslog and
// syslog-ng cannot be installed beside each other, and need no root this way.
func debian(ctx context.Context, cache, name string, packages ...string) (root string, err error) {
	root = filepath.Join(cache, "bench", name)
	done := filepath.Join(root, ".done")
	if _, err := os.Stat(done); err == nil {
		return root, nil
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", err
	}
	fetch := exec.CommandContext(ctx, "apt-get", append([]string{"download"}, packages...)...)
	fetch.Dir = root
	if out, err := fetch.CombinedOutput(); err != nil {
		return "", fmt.Errorf("fetch packages of %s: %w\n%s", name, err, out)
	}
	archives, err := filepath.Glob(filepath.Join(root, "*.deb"))
	for _, archive := range archives {
		_, failed := output(ctx, nil, "dpkg", "-x", archive, root)
		err = errors.Join(err, failed)
	}
	return root, errors.Join(err, os.WriteFile(done, nil, 0o644))
}

// libraryPath lets the programs below root find what was unpacked with them.
func libraryPath(root string, more ...string) string {
	paths := []string{filepath.Join(root, libraries), filepath.Join(root, "lib/x86_64-linux-gnu")}
	for _, m := range more {
		paths = append(paths, filepath.Join(root, m))
	}
	return "LD_LIBRARY_PATH=" + strings.Join(paths, ":")
}

// output runs a command that ends by itself and returns the first line of what it prints.
func output(ctx context.Context, env []string, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, out)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line), nil
}

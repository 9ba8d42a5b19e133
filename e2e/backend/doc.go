// Package backend starts the real servers that the end-to-end tests deliver to and record from: each by its script in
// e2e/backends, on loopback, in a process group of its own that ends with the test binary, however that ends.
package backend

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Scripts is the directory of the start scripts, found upwards of the working directory.
func Scripts() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if scripts := filepath.Join(dir, "backends"); exists(filepath.Join(scripts, "guard.sh")) {
			return scripts, nil
		}
	}
	return "", errors.New("find e2e/backends: not above the working directory")
}

// Cache is where the scripts keep what they download and build, outside the repository so that clones share it.
func Cache() (string, error) {
	dir := os.Getenv("E2E_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find the cache: %w", err)
		}
		dir = filepath.Join(base, "auditship-e2e")
	}
	return dir, os.MkdirAll(dir, 0o755)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

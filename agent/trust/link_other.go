//go:build !linux

package trust

import (
	"os"
	"syscall"
)

// readLink tells where a symbolic link leads.
func readLink(path string) (string, error) {
	i, err := os.Lstat(path)
	if err != nil {
		return "", err
	}
	if st, ok := i.Sys().(*syscall.Stat_t); ok && !trusted(st.Uid) {
		return "", foreign(path, st.Uid)
	}
	return os.Readlink(path)
}

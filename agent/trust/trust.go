// Package trust opens files in directories that others may be able to write to. The agent runs as root: whoever could make
// it follow a symbolic link could have it read, append to, cut or overwrite any file there is.
package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Error tells what others have made, or could change, and why that is not used.
type Error struct{ Path, Why string }

func (e *Error) Error() string { return fmt.Sprintf("trust %s: %s", e.Path, e.Why) }

// Owner tells whether a file is root's or our own.
func Owner(i fs.FileInfo) bool {
	st, ok := i.Sys().(*syscall.Stat_t)
	return ok && trusted(st.Uid)
}

func trusted(uid uint32) bool { return uid == 0 || int(uid) == os.Geteuid() }

// maxLinks is how many links are followed one after the other, as in path_resolution(7).
const maxLinks = 40

// Open opens a file as os.OpenFile does, but never waits (opening a FIFO does), and follows a symbolic link only if it is
// root's or our own, also where another link leads to it; one of another user is an *Error. The directories before the last
// element are taken as they are.
func Open(path string, flag int, perm fs.FileMode) (*os.File, error) {
	flag |= syscall.O_NONBLOCK | syscall.O_NOFOLLOW // regular files do not care about the first
	for range maxLinks {
		f, err := os.OpenFile(path, flag, perm)
		if !errors.Is(err, syscall.ELOOP) {
			return f, err
		}
		target, err := readLink(path)
		if err != nil {
			return nil, err
		}
		if !filepath.IsAbs(target) {
			target = filepath.Dir(path) + "/" + target // not cleaned: a link may stand before ..
		}
		path = target
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.ELOOP}
}

func foreign(path string, uid uint32) error {
	return &Error{path, fmt.Sprintf("it is a symbolic link of another user (%d); remove it, or make it root's", uid)}
}

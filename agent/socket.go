package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// listenAdmin makes the socket, which only its owner may use, from the moment when it is there.
func (a *agent) listenAdmin() (net.Listener, error) {
	path := strings.TrimPrefix(a.cfg.Admin, "unix://")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	config := net.ListenConfig{Control: ownersOnly}
	return config.Listen(context.Background(), "unix", path)
}

// removeStale removes a socket that a process left behind. One that somebody answers at is his.
func removeStale(path string) error {
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeSocket {
		return nil // Listen tells what is wrong with it
	}
	c, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		return errors.Join(fmt.Errorf("%s is in use by another process; give each agent an admin socket of its own", path), c.Close())
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}

// ownersOnly has bind(2) make a socket that only its owner can connect to: Linux gives it the mode of the descriptor
// (unix_bind_bsd in net/unix/af_unix.c), less the umask. A chmod behind that would leave a moment for others, and might
// meet what somebody has put in its place by then.
func ownersOnly(_, _ string, socket syscall.RawConn) error {
	var err error
	if failed := socket.Control(func(fd uintptr) { err = unix.Fchmod(int(fd), 0o600) }); failed != nil {
		return failed
	}
	return err
}

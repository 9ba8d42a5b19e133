package backend

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// The ports that servers get, from the first that is free; E2E_PORTS=23000-24999 sets other bounds. They lie below the
// range from which Linux takes the ports of outgoing connections, so that none of those is in the way at a restart.
var ports = struct {
	sync.Mutex
	next, last int
	claims     []*os.File // open as long as this process runs
}{next: 23000, last: 24999}

// Ports returns n neighbouring ports of 127.0.0.1 on which nobody listens. No port is given out twice, not to other test
// binaries either that run at the same time.
func Ports(n int) (first int, err error) {
	ports.Lock()
	defer ports.Unlock()
	if bounds := os.Getenv("E2E_PORTS"); bounds != "" && ports.next == 23000 {
		if _, err := fmt.Sscanf(bounds, "%d-%d", &ports.next, &ports.last); err != nil {
			return 0, fmt.Errorf("read E2E_PORTS %q: %w", bounds, err)
		}
	}
	for free := 0; ports.next <= ports.last; {
		ours, err := claim(ports.next)
		if err != nil {
			return 0, fmt.Errorf("claim port %d: %w", ports.next, err)
		}
		if free++; !ours || !vacant(ports.next) {
			free = 0
		}
		ports.next++
		if free == n {
			return ports.next - n, nil
		}
	}
	return 0, fmt.Errorf("find %d free ports: none left up to %d", n, ports.last)
}

// claim locks a file in the cache that stands for the port, until this process ends. False: another one holds it.
func claim(port int) (bool, error) {
	cache, err := Cache()
	if err != nil {
		return false, err
	}
	dir := filepath.Join(cache, "ports")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, err
	}
	file, err := os.OpenFile(filepath.Join(dir, fmt.Sprint(port)), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return false, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = nil
		}
		return false, err
	}
	ports.claims = append(ports.claims, file)
	return true, nil
}

func vacant(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

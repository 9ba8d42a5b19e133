package backend

import (
	"fmt"
	"net"
	"os"
	"sync"
)

// The ports that servers get, from the first that is free; E2E_PORTS=23000-24999 sets other bounds. They lie below the
// range from which Linux takes the ports of outgoing connections, so that none of those is in the way at a restart.
var ports = struct {
	sync.Mutex
	next, last int
}{next: 23000, last: 24999}

// Ports returns n neighbouring ports of 127.0.0.1 on which nobody listens. No port is given out twice.
func Ports(n int) (first int, err error) {
	ports.Lock()
	defer ports.Unlock()
	if bounds := os.Getenv("E2E_PORTS"); bounds != "" && ports.next == 23000 {
		if _, err := fmt.Sscanf(bounds, "%d-%d", &ports.next, &ports.last); err != nil {
			return 0, fmt.Errorf("read E2E_PORTS %q: %w", bounds, err)
		}
	}
	for free := 0; ports.next <= ports.last; {
		free++
		if !vacant(ports.next) {
			free = 0
		}
		ports.next++
		if free == n {
			return ports.next - n, nil
		}
	}
	return 0, fmt.Errorf("find %d free ports: none left up to %d", n, ports.last)
}

func vacant(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

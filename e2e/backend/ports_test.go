package backend_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/auditship/auditship/e2e/backend"
)

func TestPortsAreFreeAndGivenOnce(t *testing.T) {
	first, err := backend.Ports(2)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first+3))
	if err != nil {
		t.Skip("the port is in use: ", err)
	}
	defer taken.Close()
	second, err := backend.Ports(3)
	if err != nil {
		t.Fatal(err)
	}
	if second <= first+3 {
		t.Errorf("ports %d to %d given out, of which %d is in use", second, second+2, first+3)
	}
}

func TestPortsClaimedByOthersAreLeftAlone(t *testing.T) {
	before, err := backend.Ports(1)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := backend.Cache()
	if err != nil {
		t.Fatal(err)
	}
	// A lock of another open file is in the way like one of another process.
	other, err := os.Create(filepath.Join(cache, "ports", fmt.Sprint(before+1)))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Skip("another test binary has the port: ", err)
	}
	if port, err := backend.Ports(1); err != nil || port <= before+1 {
		t.Errorf("port %d given out, error %v; want one above %d", port, err, before+1)
	}
}

package backend_test

import (
	"fmt"
	"net"
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

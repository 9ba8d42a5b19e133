package faults

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/auditship/auditship/e2e/backend"
)

func dialer(address string) func() (net.Conn, error) {
	return func() (net.Conn, error) { return net.DialTimeout("tcp", address, 2*time.Second) }
}

func listen(p *Proxy) error {
	port, err := backend.Ports(1)
	if err != nil {
		return err
	}
	return p.Listen(fmt.Sprintf("127.0.0.1:%d", port))
}

// Address is where clients connect to.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Named is the same address with a name for the host.
func (p *Proxy) Named(host string) string {
	return fmt.Sprintf("%s:%d", host, p.listener.Addr().(*net.TCPAddr).Port)
}

// restart starts a server again that was stopped or killed, with other settings of its start script if there are any.
func restart(ctx context.Context, p **backend.Process, settings ...string) error {
	spec := (*p).Spec
	spec.Env = append(append([]string(nil), spec.Env...), settings...)
	again, err := backend.Start(ctx, spec)
	if err == nil {
		again.Env = (*p).Env
		*p = again
	}
	return err
}

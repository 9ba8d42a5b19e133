package kafka

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// dialer opens connections and can close them all. kafka-go closes idle ones only, and waits without a deadline while it
// logs in.
type dialer struct {
	net  net.Dialer
	mu   sync.Mutex
	open map[*conn]struct{}
}

// newDialer makes a dialer that gives every address the same share of time.
func newDialer(each time.Duration) *dialer {
	return &dialer{net: net.Dialer{Timeout: each}, open: make(map[*conn]struct{})}
}

// dial opens a connection, with TLS unless config is nil. TLS is not left to kafka-go, since answers are looked at before
// kafka-go decodes them.
func (d *dialer) dial(ctx context.Context, network, address string, config *tls.Config) (net.Conn, error) {
	c, err := d.track(ctx, network, address)
	if err != nil || config == nil {
		return newFramed(c), err
	}
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName, _, _ = net.SplitHostPort(address)
	}
	return newFramed(tls.Client(c, config)), nil
}

func (d *dialer) track(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := d.net.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	tracked := &conn{Conn: c, dialer: d}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := ctx.Err(); err != nil { // closeAll may have been before
		c.Close()
		return nil, err
	}
	d.open[tracked] = struct{}{}
	return tracked, nil
}

// closeAll closes all connections, and those under way once the contexts that they are opened in have ended.
func (d *dialer) closeAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.open {
		c.Conn.Close()
	}
	clear(d.open)
}

type conn struct {
	net.Conn
	dialer *dialer
}

func (c *conn) Close() error {
	c.dialer.mu.Lock()
	delete(c.dialer.open, c)
	c.dialer.mu.Unlock()
	return c.Conn.Close()
}

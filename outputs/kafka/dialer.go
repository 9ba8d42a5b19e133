package kafka

import (
	"context"
	"net"
	"sync"
	"time"
)

// dialer opens connections and can close them all. kafka-go closes idle ones only, and waits without a deadline while it
// logs in.
type dialer struct {
	net   net.Dialer
	plain bool // what is read is Kafka's protocol, and not TLS around it
	mu    sync.Mutex
	open  map[*conn]struct{}
}

// newDialer makes a dialer that gives every address the same share of time.
func newDialer(each time.Duration) *dialer {
	return &dialer{net: net.Dialer{Timeout: each}, open: make(map[*conn]struct{})}
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := d.net.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if d.plain {
		c = &framed{Conn: c}
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

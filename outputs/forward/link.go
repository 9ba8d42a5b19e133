package forward

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/auditship/auditship/outputs"
)

// trusted is how long a connection may have been idle. Whether the receiver has closed it meanwhile would show only after a chunk
// was sent into it, and that would be in doubt then.
const trusted = 10 * time.Second

// The reasons of faults.
const (
	unreachable  = "unreachable"
	certificate  = "certificate"
	unauthorized = "unauthorized"
	noAnswer     = "no_answer"         // within the time
	cut          = "cut"               // the receiver closed the connection in place of an answer
	unexpected   = "unexpected_answer" // it is no answer, or one to something else
)

// link is a connection to a receiver that has accepted us.
type link struct {
	conn    net.Conn
	answers *answers
	config  *tls.Config // that it was made with
	used    time.Time
	once    bool // the receiver closes it behind each chunk
}

// connect makes sure that there is a connection.
func (o *Output) connect(ctx context.Context) *outputs.Fault {
	config, err := o.tlsConfig()
	if err != nil {
		return &outputs.Fault{Reason: "credentials", Blocked: true, Err: err}
	}
	if o.link != nil && o.link.config == config && o.now().Sub(o.link.used) < trusted {
		return nil
	}
	o.hangUp()
	var fault *outputs.Fault
	for range o.cfg.Addresses {
		o.link, fault = o.dial(ctx, o.cfg.Addresses[o.next%len(o.cfg.Addresses)], config)
		if fault == nil || ctx.Err() != nil {
			return fault
		}
		o.next++
	}
	return fault
}

// tlsConfig is nil where there is no TLS.
func (o *Output) tlsConfig() (*tls.Config, error) {
	if o.cfg.TLS == nil {
		return nil, nil
	}
	return o.tls.Config()
}

// dial opens a connection and shakes hands where there is a key. Each address has its share of the time.
func (o *Output) dial(ctx context.Context, address string, config *tls.Config) (*link, *outputs.Fault) {
	timeout := o.env.Timeout / time.Duration(len(o.cfg.Addresses))
	dialer := net.Dialer{Timeout: timeout}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, &outputs.Fault{Reason: unreachable, Err: err}
	}
	if config != nil {
		own := config.Clone()
		if own.ServerName == "" {
			own.ServerName, _, _ = net.SplitHostPort(address)
		}
		conn = tls.Client(conn, own)
	}
	l := &link{conn: conn, answers: newAnswers(conn), config: config, used: o.now()}
	fault := l.during(ctx, timeout, func() *outputs.Fault { return o.greet(l) })
	if fault != nil {
		conn.Close()
		return nil, fault
	}
	return l, nil
}

// greet proves both sides to each other, as far as that is configured.
func (o *Output) greet(l *link) *outputs.Fault {
	if secured, ok := l.conn.(*tls.Conn); ok {
		if err := secured.Handshake(); err != nil {
			return tlsFault(err)
		}
	}
	return o.shakeHands(l)
}

func (o *Output) hangUp() {
	if o.link != nil {
		o.link.conn.Close()
		o.link = nil
	}
}

// exchange sends a chunk and waits for its acknowledgement.
func (l *link) exchange(ctx context.Context, timeout time.Duration, message []byte, id string) *outputs.Fault {
	return l.during(ctx, timeout, func() *outputs.Fault {
		if _, err := l.conn.Write(message); err != nil {
			return connFault(err)
		}
		answer, fault := l.answers.next()
		if fault != nil {
			return fault
		}
		return acknowledges(answer, id)
	})
}

// during does what ends with the context or after the time, whatever comes first. 0: it has all the time.
func (l *link) during(ctx context.Context, timeout time.Duration, do func() *outputs.Fault) *outputs.Fault {
	var deadline time.Time
	if timeout > 0 {
		deadline = time.Now().Add(timeout)
	}
	if err := l.conn.SetDeadline(deadline); err != nil {
		return connFault(err)
	}
	defer context.AfterFunc(ctx, func() { _ = l.conn.SetDeadline(time.Unix(1, 0)) })()
	return do()
}

func connFault(err error) *outputs.Fault {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &outputs.Fault{Reason: noAnswer, Err: err}
	}
	return &outputs.Fault{Reason: cut, Err: err}
}

func tlsFault(err error) *outputs.Fault {
	var distrust *tls.CertificateVerificationError
	var refusal tls.AlertError
	if errors.As(err, &distrust) || errors.As(err, &refusal) {
		return &outputs.Fault{Reason: certificate, Blocked: true, Err: err}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, io.EOF) {
		return &outputs.Fault{Reason: unreachable, Detail: "during the TLS handshake", Err: err}
	}
	return &outputs.Fault{Reason: unreachable, Err: err}
}

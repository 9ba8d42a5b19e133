// Package post sends requests to HTTP servers, with the credentials of the moment: files with secrets and certificates are
// read again when they change.
package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
)

const maxAnswer = 16 << 10 // bytes of an answer that are read

// Config says where to and as whom.
type Config struct {
	URL      string
	Header   http.Header // of every request
	Username string
	Password *credentials.Secret
	Token    *credentials.Secret
	Scheme   string // before the token, in the Authorization header; default: Bearer
	TLS      *credentials.TLS
	Timeout  time.Duration // of a request; 0: none
}

// Client belongs to one goroutine.
type Client struct {
	cfg    Config
	tls    *credentials.Client
	http   http.Client
	config *tls.Config // of the transport
}

// New makes a Client. It follows no redirects: the credentials would go to whatever the server names.
func New(cfg Config) *Client {
	if cfg.Scheme == "" {
		cfg.Scheme = "Bearer"
	}
	return &Client{cfg: cfg, tls: credentials.NewClient(cfg.TLS),
		http: http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Answer is what the server said. Text may repeat parts of events: it must go nowhere.
type Answer struct {
	Sent       bool          // the request went out, in part at least: the server may have it, whatever became of the answer
	Status     int           // 0: there was no answer
	Text       []byte        // the beginning
	Date       time.Time     // of the server's clock; zero where unknown
	RetryAfter time.Duration // that it asked for
	Allow      string        // the methods that it takes, where it tells
}

// Post sends a body, with header fields of its own beside those of all requests. The error is a *outputs.Fault; then Answer.Sent is
// all that is known.
func (c *Client) Post(ctx context.Context, body []byte, own http.Header) (Answer, error) {
	return c.do(ctx, http.MethodPost, body, own)
}

// Head asks as Post does, by HEAD.
func (c *Client) Head(ctx context.Context, own http.Header) (Answer, error) {
	return c.do(ctx, http.MethodHead, nil, own)
}

func (c *Client) do(ctx context.Context, method string, body []byte, own http.Header) (Answer, error) {
	if c.cfg.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.cfg.Timeout)
		defer cancel()
	}
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	request, err := c.request(ctx, method, body, own)
	if err != nil {
		return Answer{}, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		c.renew()
		return Answer{Sent: sent.Load()}, unreachable(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		c.renew()
	}
	if err != nil && response.StatusCode/100 == 2 {
		return Answer{Sent: true}, unreachable(err)
	}
	a := Answer{Sent: true, Status: response.StatusCode, Text: text, Allow: strings.Join(response.Header.Values("Allow"), ",")}
	a.Date, _ = http.ParseTime(response.Header.Get("Date"))
	a.RetryAfter = RetryAfter(response.Header.Get("Retry-After"), a.Date)
	return a, nil
}

func (c *Client) request(ctx context.Context, method string, body []byte, own http.Header) (*http.Request, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	password, err := c.cfg.Password.Value()
	if err != nil {
		return nil, unreadable(err)
	}
	token, err := c.cfg.Token.Value()
	if err != nil {
		return nil, unreadable(err)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return nil, &outputs.Fault{Reason: "bad_url", Blocked: true}
	}
	request.GetBody = nil // else net/http sends what has an Idempotency-Key again by itself when the connection breaks, and nobody knows
	for _, fields := range [...]http.Header{c.cfg.Header, own} {
		for name, values := range fields {
			request.Header[name] = values
		}
	}
	request.Header.Set("User-Agent", "auditship")
	switch {
	case token != "":
		request.Header.Set("Authorization", c.cfg.Scheme+" "+token)
	case c.cfg.Username != "":
		request.SetBasicAuth(c.cfg.Username, password)
	}
	return request, nil
}

// prepare makes a new transport when the certificates have changed.
func (c *Client) prepare() error {
	config, err := c.tls.Config()
	if err != nil {
		return unreadable(err)
	}
	if config == c.config && c.http.Transport != nil {
		return nil
	}
	c.Close()
	c.config = config
	c.http.Transport = &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     config.Clone(),
		TLSHandshakeTimeout: 10 * time.Second,
		IdleConnTimeout:     90 * time.Second,
		ForceAttemptHTTP2:   true,
		DisableCompression:  true,
		WriteBufferSize:     64 << 10,
	}
	return nil
}

// renew has the next request go by another connection. One of HTTP/2 that has gone dead in silence would be used again and again, each
// request waiting for its whole time, until TCP gives it up after a quarter of an hour.
func (c *Client) renew() {
	c.Close()
	c.http.Transport = nil
}

// Close ends the connections.
func (c *Client) Close() {
	if c.http.Transport != nil {
		c.http.CloseIdleConnections()
	}
}

// unreachable leaves out the address, which url.Error repeats.
func unreachable(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	return &outputs.Fault{Reason: "unreachable", Err: err}
}

func unreadable(err error) error {
	return &outputs.Fault{Reason: "credentials", Blocked: true, Err: fmt.Errorf("read credentials: %w", err)}
}

// RetryAfter reads the header of that name (RFC 9110, section 10.2.3): the pause that an answer asks for, at most an hour, since a
// wrong clock on either side must not stop us for days. now is the server's clock; zero: ours.
func RetryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), 3600)) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if now.IsZero() {
		now = time.Now()
	}
	return min(max(at.Sub(now), 0), time.Hour)
}

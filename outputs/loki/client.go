package loki

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
)

const (
	pushPath  = "/loki/api/v1/push"
	maxAnswer = 16 << 10 // bytes of an answer that are read
)

// client sends requests with the credentials of the moment.
type client struct {
	url, tenant, username string
	password, token       *credentials.Secret
	tls                   *credentials.Client
	timeout               time.Duration
	http                  http.Client
	config                *tls.Config // of the transport
}

// post sends the body of a push. The error is a *outputs.Fault.
func (c *client) post(ctx context.Context, body []byte) (answer, error) {
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	request, err := c.request(ctx, body)
	if err != nil {
		return answer{}, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, unreachable(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil && response.StatusCode/100 == 2 {
		return answer{}, unreachable(err)
	}
	return answerOf(response, text), nil
}

func (c *client) request(ctx context.Context, body []byte) (*http.Request, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	password, err := c.password.Value()
	if err != nil {
		return nil, unreadable(err)
	}
	token, err := c.token.Value()
	if err != nil {
		return nil, unreadable(err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, &outputs.Fault{Reason: "bad_url", Blocked: true}
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	request.Header.Set("Content-Encoding", "snappy")
	request.Header.Set("User-Agent", "auditship")
	if c.tenant != "" {
		request.Header.Set("X-Scope-OrgID", c.tenant)
	}
	switch {
	case token != "":
		request.Header.Set("Authorization", "Bearer "+token)
	case c.username != "":
		request.SetBasicAuth(c.username, password)
	}
	return request, nil
}

// prepare makes a new transport when the certificates have changed.
func (c *client) prepare() error {
	config, err := c.tls.Config()
	if err != nil {
		return unreadable(err)
	}
	if config == c.config && c.http.Transport != nil {
		return nil
	}
	c.close()
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

func (c *client) close() {
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

package completeness

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/auditship/auditship/outputs/credentials"
)

// lead is the longest that an event may take from its stageTimestamp to the counter.
const lead = 20 * time.Millisecond

// sample is what one scrape found.
type sample struct {
	counters
	id       string    // Audit-ID of the request
	from, to time.Time // an event up to from was counted, one after to was not
}

// fault is why a scrape failed. Texts of the server are no part of it.
type fault struct {
	reason string // a label of a metric
	advice string
	err    error
}

func (f *fault) Error() string {
	if f.err == nil {
		return f.reason
	}
	return f.reason + ": " + f.err.Error()
}

func (f *fault) Unwrap() error { return f.err }

// client scrapes. It belongs to one goroutine.
type client struct {
	url    string
	token  *credentials.Secret
	tls    *credentials.Client
	config *tls.Config // of the transport
	http   http.Client
}

func newClient(cfg Config) *client {
	c := &client{url: cfg.URL, token: credentials.NewSecret(cfg.Token, cfg.TokenFile), tls: credentials.NewClient(cfg.TLS)}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // whose counters would those be?
	return c
}

// scrape reads the counters. The error is a *fault.
func (c *client) scrape(ctx context.Context) (sample, error) {
	s := sample{id: "auditship-" + rand.Text()}
	var from, to atomic.Pointer[time.Time]
	mark := func(p *atomic.Pointer[time.Time]) { now := time.Now(); p.CompareAndSwap(nil, &now) }
	request, err := c.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:              func(httptrace.GotConnInfo) { mark(&from) },
		GotFirstResponseByte: func() { mark(&to) },
	}), s.id)
	if err != nil {
		return s, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return s, unreachable(err)
	}
	defer response.Body.Close()
	if err := refusal(response.StatusCode); err != nil {
		return s, err
	}
	if s.counters, err = parse(response.Body); err != nil {
		return s, unreadable(err)
	}
	if from.Load() == nil || to.Load() == nil {
		return s, &fault{reason: "unreadable_answer"}
	}
	s.from, s.to = from.Load().Add(-lead), *to.Load()
	return s, nil
}

func (c *client) request(ctx context.Context, id string) (*http.Request, error) {
	config, err := c.tls.Config()
	if err != nil {
		return nil, &fault{reason: "credentials", advice: "make the files under tls readable", err: err}
	}
	token, err := c.token.Value()
	if err != nil {
		return nil, &fault{reason: "credentials", advice: "make token_file readable", err: err}
	}
	c.prepare(config)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url, nil)
	if err != nil {
		return nil, &fault{reason: "bad_url"}
	}
	request.Header.Set("Audit-ID", id)
	request.Header.Set("User-Agent", "auditship")
	request.Header.Set("Accept", "text/plain;version=0.0.4")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return request, nil
}

// prepare makes a new transport when the certificates have changed. There is a connection for each scrape, so that a load
// balancer in between shows, and no proxy: the server is this machine's.
func (c *client) prepare(config *tls.Config) {
	if c.config == config {
		return
	}
	c.config = config
	c.http.Transport = &http.Transport{TLSClientConfig: config.Clone(), TLSHandshakeTimeout: 5 * time.Second, DisableKeepAlives: true, DisableCompression: true}
}

func refusal(code int) error {
	switch code {
	case http.StatusOK:
		return nil
	case http.StatusUnauthorized:
		return &fault{reason: "unauthorized", advice: "give token_file, or a client certificate under tls, that the API server knows"}
	case http.StatusForbidden:
		return &fault{reason: "forbidden", advice: "allow the agent's user `get` on the nonResourceURL /metrics, as ClusterRole system:monitoring does"}
	}
	return &fault{reason: "refused", advice: "see that url is that of kube-apiserver's /metrics", err: fmt.Errorf("HTTP status %d", code)}
}

// unreachable leaves out the address, which url.Error repeats.
func unreachable(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	var network net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout() {
		return &fault{reason: "timeout", err: err}
	}
	if errors.As(err, new(*tls.CertificateVerificationError)) {
		return &fault{reason: "certificate", advice: "give the cluster's CA as tls.ca_file, and where the address is not in the certificate tls.server_name", err: err}
	}
	return &fault{reason: "unreachable", err: err}
}

func unreadable(err error) error {
	switch {
	case errors.Is(err, errMissing):
		return &fault{reason: "metric_missing", advice: "see that url is that of kube-apiserver's /metrics, and that the metric is not disabled there", err: err}
	case errors.Is(err, errTooLarge), errors.Is(err, errNonsense):
		return &fault{reason: "unreadable_answer", advice: "see that url is that of kube-apiserver's /metrics", err: err}
	}
	return unreachable(err)
}

// Package completeness compares what kube-apiserver says it audited with what its log holds.
//
// kube-apiserver counts every audit event that it hands to its backends (apiserver_audit_event_total) and every one that a
// backend could not write (apiserver_audit_error_total{plugin}; both in k8s.io/apiserver/pkg/audit/metrics.go). A [Checker]
// reads the counters once in a while and the log all the time, with a reader of its own that no output delays.
//
// # What can be compared
//
// The counter is of one process, so only two scrapes of the same process are compared; a restart, or a step of the clock,
// begins anew. It is raised right after the event got its stageTimestamp, so between two scrapes there must be as many
// lines as the counter has grown, less what could not be written, whose stageTimestamp lies between them, whenever they
// reached the file. The counter is read at some moment between the request and the first byte of the answer; an event of
// just that time may be on either side, so the result is an interval. Mostly no event falls there and it is one number.
// The scrape's own audit events are known by their Audit-ID, which a client may choose.
//
// A scrape is judged when the log was read to its end a minute later, since batching backends write late, and a difference
// is an alarm when three scrapes show it.
//
// # What cannot
//
// What a process counted after the last scrape that was judged, and before its first one. A loss and a forged line cancel
// each other.
package completeness

import (
	"net"
	"net/url"
	"time"

	"github.com/auditship/auditship/outputs/credentials"
)

// Config is the apiserver_metrics block of an input. Without a URL nothing is compared.
type Config struct {
	URL       string           `yaml:"url"`        // of /metrics of the very kube-apiserver that writes the log
	Token     string           `yaml:"token"`      // bearer token; the caller needs `get` on the non-resource URL
	TokenFile string           `yaml:"token_file"` //
	TLS       *credentials.TLS `yaml:"tls"`        //
	Every     time.Duration    `yaml:"every"`      // default: DefaultEvery
}

// DefaultEvery is how often the counters are read.
const DefaultEvery = 30 * time.Second

const (
	leastEvery = time.Second
	mostEvery  = 10 * time.Minute
	example    = "https://127.0.0.1:6443/metrics"
)

// Validate reports all that is wrong with the block: the path of a key below it, and what to do.
func (c *Config) Validate(report func(path, problem string)) {
	c.validateURL(report)
	if c.Token != "" && c.TokenFile != "" {
		report("token_file", "is given beside token; keep one of them")
	}
	if c.Every < leastEvery || c.Every > mostEvery {
		report("every", "is "+c.Every.String()+"; choose between 1s and 10m")
	}
	c.TLS.Validate(func(path, problem string) { report("tls."+path, problem) })
}

// validateURL never repeats the address: it may hold a password.
func (c *Config) validateURL(report func(path, problem string)) {
	u, err := url.Parse(c.URL)
	switch {
	case c.URL == "":
		report("url", "is missing: write it as "+example)
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		report("url", "is no address: write it as "+example)
	case u.User != nil:
		report("url", "must not hold credentials: use token_file, or a certificate under tls")
	case u.Path == "" || u.Path == "/":
		report("url", "has no path: write it as "+example)
	case u.Scheme == "http" && (c.TLS != nil || !loopback(u.Hostname()) && c.Token+c.TokenFile != ""):
		report("url", "must begin with https://: there is no tls, and a token must not be sent, without it")
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

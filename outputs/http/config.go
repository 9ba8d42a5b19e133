package http

import (
	nethttp "net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/auditship/auditship/outputs/credentials"
)

// Format is how events stand in a body.
type Format string

// The formats.
const (
	Lines  Format = "lines"  // an event a line (application/x-ndjson)
	Array  Format = "array"  // a JSON array
	Splunk Format = "splunk" // for Splunk's HTTP Event Collector: {"time":…,"host":…,"event":…} one behind the other
)

// Config is the http block of an output.
type Config struct {
	URL             string            `yaml:"url"`
	Format          Format            `yaml:"format"`  // default: lines
	Headers         map[string]string `yaml:"headers"` // of every request
	Username        string            `yaml:"username"`
	Password        string            `yaml:"password"`
	PasswordFile    string            `yaml:"password_file"`
	BearerToken     string            `yaml:"bearer_token"`
	BearerTokenFile string            `yaml:"bearer_token_file"`
	TokenScheme     string            `yaml:"token_scheme"` // before the token in the Authorization header; default: Bearer, and with the format splunk Splunk
	Compression     string            `yaml:"compression"`  // gzip (default) or none
	TLS             *credentials.TLS  `yaml:"tls"`

	// With the format splunk: what Splunk files events under.
	Index      string `yaml:"index"`      // default: the token's
	Source     string `yaml:"source"`     // default: auditship
	Sourcetype string `yaml:"sourcetype"` // default: kube:apiserver-audit
}

const (
	gzipped = "gzip"
	plain   = "none"
)

var token = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$") // RFC 9110, section 5.6.2

// ownHeaders are those that a configuration can't set.
var ownHeaders = []string{"Authorization", "Content-Type", "Content-Encoding", "Content-Length", "Host", "Idempotency-Key", "Transfer-Encoding", "User-Agent"}

// Validate reports all that is wrong with the block: the path of a key below it, and what to do.
func (c Config) Validate(report func(path, problem string)) {
	c.validateURL(report)
	if c.Format != "" && c.Format != Lines && c.Format != Array && c.Format != Splunk {
		report("format", "must be lines, array or splunk")
	}
	if c.Compression != "" && c.Compression != gzipped && c.Compression != plain {
		report("compression", "must be gzip or none")
	}
	if c.TokenScheme != "" && !token.MatchString(c.TokenScheme) {
		report("token_scheme", "must be one word")
	}
	if c.TokenScheme != "" && c.BearerToken == "" && c.BearerTokenFile == "" {
		report("token_scheme", "needs bearer_token_file beside it")
	}
	for _, key := range [...][2]string{{"index", c.Index}, {"source", c.Source}, {"sourcetype", c.Sourcetype}} {
		if key[1] != "" && c.Format != Splunk {
			report(key[0], "is known with format: splunk only")
		}
	}
	c.validateHeaders(report)
	credentials.Token{Key: "bearer_token", Noun: "a bearer token", Value: c.BearerToken, File: c.BearerTokenFile}.
		Validate(credentials.Basic{Username: c.Username, Password: c.Password, PasswordFile: c.PasswordFile}, report)
	c.TLS.Validate(func(path, problem string) { report("tls."+path, problem) })
}

func (c Config) validateURL(report func(path, problem string)) {
	u, problem := credentials.URL(c.URL, "https://collector:8088/audit")
	switch {
	case problem != "":
		report("url", problem)
	case u.Fragment != "":
		report("url", "must have no #fragment")
	case u.Scheme == "http" && c.TLS != nil:
		report("tls", "has no effect on http: make the url begin with https://")
	}
}

func (c Config) validateHeaders(report func(path, problem string)) {
	names := make([]string, 0, len(c.Headers))
	for name := range c.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		switch {
		case !token.MatchString(name):
			report("headers."+name, "is no name of a header")
		case slices.Contains(ownHeaders, nethttp.CanonicalHeaderKey(name)):
			report("headers."+name, "is set by auditship")
		case strings.ContainsFunc(c.Headers[name], func(r rune) bool { return r < ' ' || r == 0x7f }):
			report("headers."+name, "must not hold control characters")
		}
	}
}

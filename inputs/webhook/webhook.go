// Package webhook takes audit events from kube-apiserver's webhook backend (--audit-webhook-config-file). What it takes is
// in a [spool] on disk before it answers, so that everything behind it is the same as for a log.
//
// # Who may send what
//
// A client is known by its certificate. Each input names the certificates that may send to it, and the cluster in its
// events is the input's own: neither the path of a request nor anything in its body can change that. Inputs with the same
// address share a listener; where a certificate may send to several of them, the path says to which.
//
// # What the API server is told
//
// 200: the events are on disk. 503 and 429, with Retry-After: there is no room, or too many send at once. 400, 403, 413 and 415:
// this will never be taken. kube-apiserver makes little of the difference (v0.36 of k8s.io/apiserver/plugin/pkg/audit/webhook:
// retryOnError is true of any error): it tries five times, with 10, 15, 22.5 and 34 s between, and up to a fifth more.
// Then it drops the events, counts them in apiserver_audit_error_total and says so in its log. What was stored before of what comes
// again is not stored twice.
package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/inputs/spool"
	"github.com/auditship/auditship/outputs/credentials"
)

// Config is the webhook block of an input.
type Config struct {
	Listen  string                `yaml:"listen"` // HOST:PORT
	Path    string                `yaml:"path"`   // default: / and all below it
	TLS     credentials.ServerTLS `yaml:"tls"`
	Clients []string              `yaml:"clients"` // common names, DNS names or URIs of client certificates; default: all that tls.client_ca_file signed

	// MaxBodyBytes is how long a request may be. It is read as it comes and never held whole.
	MaxBodyBytes unit.Size `yaml:"max_body_bytes"` // default: 1GiB
}

const defaultMaxBody = 1 << 30

// Validate reports what is wrong with the configuration, each with the path of the key below this one.
func (c *Config) Validate(report func(path, problem string)) {
	if c.Listen == "" {
		report("listen", "is missing: HOST:PORT, as in 0.0.0.0:9443")
	}
	if c.Path != "" && c.Path[0] != '/' {
		report("path", "must begin with /")
	}
	if c.TLS.Anonymous() && len(c.Clients) > 0 {
		report("clients", "has no use where tls.client_certificates is none")
	}
	c.TLS.Validate(func(path, problem string) { report("tls."+path, problem) })
}

// Conflict tells why two inputs can't be served together; "" if they can.
func (c *Config) Conflict(other *Config) string {
	if c.Listen != other.Listen {
		return ""
	}
	if c.TLS != other.TLS {
		return "has the listen address of another input, and another tls block"
	}
	if c.root() != other.root() {
		return ""
	}
	if len(c.Clients) == 0 || len(other.Clients) == 0 {
		return "has the listen address of another input: both need clients, or paths of their own"
	}
	for _, name := range c.Clients {
		if slices.Contains(other.Clients, name) {
			return fmt.Sprintf("has the listen address of another input, and client %q may send to both: give them paths of their own", name)
		}
	}
	return ""
}

// Input is where events come in. It is read as its spool is.
type Input struct {
	*spool.Log
	name  string
	cfg   Config
	log   *slog.Logger
	count func(anomaly string)

	server *server // see Share
	held   int64   // the Memory's
}

// New makes an input that keeps in the spool what it takes. count is called for each request that is refused, beside a line
// in the log: webhook_refused, webhook_malformed, webhook_full.
func New(name string, cfg Config, kept *spool.Log, log *slog.Logger, count func(anomaly string)) *Input {
	if cfg.MaxBodyBytes == 0 {
		cfg.MaxBodyBytes = defaultMaxBody
	}
	return &Input{Log: kept, name: name, cfg: cfg, log: log, count: count}
}

// Run takes what API servers send, and does what the spool needs, until ctx ends. The first of the inputs that share a listener
// answers for all.
func (in *Input) Run(ctx context.Context) error {
	return in.RunFed(ctx, func(ctx context.Context) error {
		if in.server.inputs[0] == in {
			in.server.run(ctx)
			close(in.server.ended)
		}
		<-in.server.ended
		return nil
	})
}

// take stores the events of a list. Of a body that is stored in several pieces none is where there is no room for all: it will come
// again, and what was stored may not be known any more by then.
func (in *Input) take(ctx context.Context, body *list) error {
	store := in.Append
	if length := body.records.length; length > enough {
		kept, err := in.Reserve(length + length/8) // a record is a little longer than its item
		if err != nil {
			return &storeError{err}
		}
		defer kept.Release()
		store = kept.Append
	}
	for {
		records, err := body.next()
		if err != nil {
			return err
		}
		if len(records) == 0 {
			return nil
		}
		by := body.records.by
		by.storing.Store(true)
		if err := store(ctx, records); err != nil {
			return &storeError{err}
		}
		by.storing.Store(false)
	}
}

// storeError is a trouble of ours, not of the sender's.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

func (e *storeError) full() bool { return errors.Is(e.err, spool.ErrFull) }

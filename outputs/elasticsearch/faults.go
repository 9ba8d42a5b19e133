package elasticsearch

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/post"
)

// faultOfNetwork is the fault of a request without an answer. ctx is the caller's, without our time limit.
func faultOfNetwork(ctx context.Context, err error) *outputs.Fault {
	var fault *outputs.Fault
	var verification *tls.CertificateVerificationError
	var alert tls.AlertError
	var network net.Error
	switch {
	case errors.As(err, &fault):
		return fault
	case ctx.Err() != nil:
		return &outputs.Fault{Reason: canceled, Err: ctx.Err()}
	case errors.As(err, &verification), errors.As(err, &alert):
		return &outputs.Fault{Reason: certificate, Blocked: true, Err: cause(err)}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return &outputs.Fault{Reason: timedOut}
	}
	return &outputs.Fault{Reason: unreachable, Err: cause(err)}
}

// cause is the error without what the server said: net/http quotes malformed answers.
func cause(err error) error {
	var network *net.OpError
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &network):
		return network
	case errors.As(err, &verification):
		return verification
	case errors.As(err, &record):
		return errors.New("the server does not speak TLS")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return io.ErrUnexpectedEOF
	}
	return errors.New("the connection broke, or the server does not speak HTTP")
}

// faultOfStatus is the fault of a whole request that was answered with a status of 300 or more.
func faultOfStatus(answer *esapi.Response, now time.Time) *outputs.Fault {
	var content struct {
		Error json.RawMessage `json:"error"` // an object; proxies write a string
	}
	var known struct {
		Type string `json:"type"`
	}
	if json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&content) == nil {
		_ = json.Unmarshal(content.Error, &known) // without a type the status tells enough
	}
	fault := faultOf(answer.StatusCode, known.Type)
	if fault.Reason == overloaded || fault.Reason == unavailable {
		fault.RetryAfter = post.RetryAfter(answer.Header.Get("Retry-After"), now)
	}
	return fault
}

// faultOf is what a status of 300 or more, and the type of an error, mean for anything but a single event.
func faultOf(status int, kind string) *outputs.Fault {
	f := &outputs.Fault{Reason: refused, Detail: strings.TrimSpace("status " + strconv.Itoa(status) + " " + sanitize(kind))}
	switch {
	case kind == "cluster_block_exception" && status != http.StatusServiceUnavailable: // 503 while the cluster starts
		f.Reason, f.Blocked = indexBlocked, true // 403 by hand, 429 at the flood stage
	case status == http.StatusTooManyRequests:
		f.Reason = overloaded
	case status >= 500, status == http.StatusExpectationFailed, status == http.StatusRequestTimeout: // a proxy's, both of the latter
		f.Reason = unavailable
	case status == http.StatusRequestEntityTooLarge:
		f.Reason = tooLarge
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		f.Reason, f.Blocked = unauthorized, true
	case status == http.StatusNotFound:
		f.Reason, f.Blocked = indexMissing, true
	default:
		f.Blocked = true
	}
	return f
}

// sanitize makes an error type of the server fit for a log line, a label and a terminal.
func sanitize(kind string) string {
	kind = kind[:min(len(kind), 64)]
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r == '_' {
			return r
		}
		return -1
	}, kind)
}

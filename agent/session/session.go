// Package session tells which events belong to a session of somebody inside a pod (exec, attach, port-forward, debug, cp)
// and what is known of it, from one event alone: the events of its start and of its end each carry all of it. Ledger puts
// them together.
//
// It is a ledger of sessions, not a recording. Code 101 says that the connection was upgraded, not that the command ran: with
// the WebSocket protocol the API server upgrades before it calls the kubelet. What was typed inside, what came back, and how
// the command ended are in no audit event.
package session

import (
	"crypto/sha256"
	"time"

	"github.com/auditship/auditship/agent/event"
)

// Kind is what sort of session it is. The zero Kind is none.
type Kind uint8

// The kinds of sessions.
const (
	None        Kind = iota
	Exec             // kubectl exec
	Attach           // kubectl attach
	PortForward      // kubectl port-forward; the ports travel inside the connection
	Debug            // kubectl debug: an ephemeral container is added, or attached to
	Copy             // kubectl cp: an exec of tar
)

var kinds = [...]string{"", "exec", "attach", "port-forward", "debug", "cp"}

// String is the kind as it stands in a shipped event.
func (k Kind) String() string { return kinds[k] }

// Session is what one event says of its session. Its texts belong to the Reader that made it, and are decoded: any bytes,
// written by the caller.
type Session struct {
	Kind      Kind
	Container []byte   // empty: not said, the pod's default
	Argv      [][]byte // the command; of at most maxArgs parts and maxArgv bytes
	Clipped   bool     // Argv is longer than that
	Streams   bool     // TTY and Stdin are known
	TTY       bool
	Stdin     bool
	Out       bool   // of a Copy: out of the pod
	Path      []byte // of a Copy: what was copied, or the directory it went to; empty: not said
}

// Phase is which end of its session an event tells of: "start" (ResponseStarted), "end" (ResponseComplete, Panic), or ""
// (RequestReceived, when nothing is decided).
func Phase(e *event.Event) string {
	stage := e.Text(event.Stage)
	switch {
	case e.Equal(stage, "ResponseStarted"):
		return "start"
	case e.Equal(stage, "ResponseComplete"), e.Equal(stage, "Panic"):
		return "end"
	}
	return ""
}

// Outcome is what became of the request: "refused" (401, 403), "failed" (any other error), "upgraded" (it began), "ended";
// empty where there is no response yet.
func Outcome(e *event.Event) string {
	switch {
	case e.Code == 0:
		return ""
	case e.Code == 401 || e.Code == 403:
		return "refused"
	case e.Code >= 400:
		return "failed"
	case Phase(e) == "start":
		return "upgraded"
	}
	return "ended"
}

// ID names a session: both its events have the same. The audit ID alone would not do, since clients may choose it
// (Audit-ID header) and give the same to many requests; with the time at which the API server got the request, in
// microseconds, and with who sent it, from where, to which pod, it can't be chosen. What the caller wrote into the query is
// left out, so that redaction does not change it.
func (r *Reader) ID(e *event.Event) [16]byte {
	b := r.uri[:0]
	for _, part := range [...]event.Text{
		e.Text(event.AuditID), e.Text(event.RequestReceivedTimestamp), e.Text(event.Verb), e.User.Username, e.SourceIP,
		e.Object.Namespace, e.Object.Name, e.Object.Subresource,
	} {
		b = append(append(b, e.Bytes(part.Span)...), 0) // no JSON string holds a NUL
	}
	r.uri = b
	full := sha256.Sum256(b)
	return [16]byte(full[:16])
}

// Began tells whether the event shows that an API server has just begun, and when: on its way to being ready it lists all
// cluster roles, to make those that are missing (k8s.io/kubernetes/pkg/registry/rbac/rest EnsureRBACPolicy). Its informers
// ask otherwise, with a query.
func Began(e *event.Event) (time.Time, bool) {
	if !e.Equal(e.User.Username, "system:apiserver") || !e.Equal(e.Text(event.Verb), "list") ||
		!e.Equal(e.Text(event.RequestURI), "/apis/rbac.authorization.k8s.io/v1/clusterroles") {
		return time.Time{}, false
	}
	return e.Time(event.RequestReceivedTimestamp)
}

package session

import (
	"slices"
	"time"
)

// Record is one session, as its events tell of it.
type Record struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"`
	Actor     Party      `json:"actor"`
	Effective *Party     `json:"effective,omitempty"` // whom the actor impersonated
	Namespace string     `json:"namespace,omitempty"`
	Pod       string     `json:"pod,omitempty"`
	Container string     `json:"container,omitempty"`
	Argv      []string   `json:"argv,omitempty"`
	TTY       bool       `json:"tty"`
	Stdin     bool       `json:"stdin"`
	Start     time.Time  `json:"start"`                 // when the API server got the request
	End       *time.Time `json:"end,omitempty"`         // nil: not in the log
	Duration  *float64   `json:"duration_ms,omitempty"` //
	Outcome   string     `json:"outcome"`               // refused, failed, ended, Open or Unknown
	Client    string     `json:"client,omitempty"`
	Version   string     `json:"client_version,omitempty"`
	SourceIP  string     `json:"source_ip,omitempty"`
	Network   string     `json:"network,omitempty"`
	Attempts  int        `json:"attempts"` // requests that it took: 2 where WebSocket was refused and SPDY tried

	Verb string `json:"-"` // get over WebSocket, create over SPDY
}

// Party is somebody, as package enrich tells them.
type Party struct {
	Kind      string `json:"kind,omitempty"`
	Name      string `json:"name,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Person    string `json:"person,omitempty"`
	Email     string `json:"email,omitempty"`
	Team      string `json:"team,omitempty"`
	Shared    bool   `json:"shared,omitempty"`
	Via       string `json:"via,omitempty"`
	MintedBy  string `json:"minted_by,omitempty"`
	Evidence  string `json:"evidence,omitempty"`
}

// The outcomes of sessions whose end is not in the log.
const (
	Open    = "open"        // it may go on
	Unknown = "end unknown" // an API server began anew since: what it had open has ended without an event
)

// mayBeRetried tells whether kubectl tries again: it asks for WebSocket (get), and where that is refused, for SPDY (create).
func (r *Record) mayBeRetried() bool {
	return r.Verb == "get" && (r.Outcome == "refused" || r.Outcome == "failed")
}

// retries tells whether r is the second attempt at what first was.
func (r *Record) retries(first *Record) bool {
	const soon = time.Second
	return r.Verb == "create" && r.Attempts == 1 && r.Start.Sub(first.Start) <= soon && r.Kind == first.Kind &&
		r.Actor == first.Actor && same(r.Effective, first.Effective) && r.SourceIP == first.SourceIP &&
		r.Namespace == first.Namespace && r.Pod == first.Pod && r.Container == first.Container && slices.Equal(r.Argv, first.Argv)
}

func same(a, b *Party) bool { return a == b || a != nil && b != nil && *a == *b }

// size is about how many bytes the record takes.
func (r *Record) size() int {
	size := 512
	for _, text := range append([]string{r.Namespace, r.Pod, r.Container, r.Actor.Name, r.Actor.Person}, r.Argv...) {
		size += 16 + len(text)
	}
	return size
}

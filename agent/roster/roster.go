// Package roster lists everybody who acts in a log: each account with each of its credentials, and who is behind it as far as that is
// known. It shows whom a map of identities lacks, and which token was made by whom, also across the logs of several nodes.
package roster

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
)

// Actor is who acts, in the words of auditship.actor.
type Actor struct {
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name,omitempty"`
	Person     string `json:"person,omitempty"`
	Email      string `json:"email,omitempty"`
	Team       string `json:"team,omitempty"`
	Shared     bool   `json:"shared,omitempty"`
	Via        string `json:"via,omitempty"`
	Credential string `json:"credential,omitempty"` // empty for the tokens of pods: there are many, and they last an hour
	MintedBy   string `json:"minted_by,omitempty"`
	Evidence   string `json:"evidence"`
}

// Row is what an actor did.
type Row struct {
	Actor
	Events    int       `json:"events"`
	First     time.Time `json:"first,omitzero"`
	Last      time.Time `json:"last,omitzero"`
	Addresses []string  `json:"addresses,omitempty"` // the first MaxAddresses, sorted
	More      bool      `json:"more_addresses,omitempty"`
}

// MaxAddresses is how many addresses of an actor are kept; MaxRows is how many actors, and how many tokens.
const (
	MaxAddresses = 8
	MaxRows      = 100000
)

// Roster is the list while it grows.
type Roster struct {
	enricher *enrich.Enricher
	rows     map[string]*Row   // by the bytes that enrich makes of an actor
	minted   map[string]string // who had a token made, by its credential ID
	object   []byte
	left     int
}

// New makes an empty list. The Enricher belongs to it.
func New(n *enrich.Enricher) *Roster {
	return &Roster{enricher: n, rows: map[string]*Row{}, minted: map[string]string{}}
}

// Add takes note of an event. One of the first stage tells less than what follows it, and is passed over.
func (r *Roster) Add(e *event.Event) {
	if mint, made := r.enricher.Observe(e); made && len(r.minted) < MaxRows && r.minted[mint.Credential] == "" {
		r.minted[mint.Credential] = mint.By
	}
	if e.Equal(e.Text(event.Stage), "RequestReceived") {
		return
	}
	r.object = r.enricher.Actor(e, r.object[:0])
	row := r.rows[string(r.object)]
	if row == nil {
		if len(r.rows) == MaxRows {
			r.left++
			return
		}
		row = &Row{}
		if json.Unmarshal(r.object, &row.Actor) != nil {
			return // what enrich makes is JSON
		}
		r.rows[string(r.object)] = row
	}
	row.add(e)
}

// Left is how many events are in no row, because there were too many actors.
func (r *Roster) Left() int { return r.left }

func (r *Row) add(e *event.Event) {
	r.Events++
	if at, ok := e.Time(event.StageTimestamp); ok {
		r.during(at, at)
	}
	if e.SourceIP.Len() > 0 && !slices.ContainsFunc(r.Addresses, func(known string) bool { return e.Equal(e.SourceIP, known) }) {
		r.address(e.String(e.SourceIP))
	}
}

func (r *Row) during(first, last time.Time) {
	if r.First.IsZero() || first.Before(r.First) {
		r.First = first
	}
	if last.After(r.Last) {
		r.Last = last
	}
}

func (r *Row) address(ip string) {
	switch {
	case slices.Contains(r.Addresses, ip):
	case len(r.Addresses) == MaxAddresses:
		r.More = true
	default:
		r.Addresses = append(r.Addresses, ip)
	}
}

// Rows are all actors: people first, by name. The tokens of an account's pods are one.
func (r *Roster) Rows() []Row {
	merged := map[Actor]*Row{}
	for _, key := range slices.Sorted(maps.Keys(r.rows)) {
		row := r.rows[key]
		actor := row.Actor
		actor.MintedBy = "" // it may have been learnt later, in another file
		if actor.Kind == event.ServiceAccount.String() {
			actor.MintedBy = r.minted[actor.Credential]
		}
		if actor.Evidence == "pod-token" {
			actor.Credential = ""
		}
		into := merged[actor]
		if into == nil {
			into = &Row{Actor: actor}
			merged[actor] = into
		}
		into.join(row)
	}
	rows := make([]Row, 0, len(merged))
	for _, row := range merged {
		slices.Sort(row.Addresses)
		rows = append(rows, *row)
	}
	slices.SortFunc(rows, order)
	return rows
}

func (r *Row) join(other *Row) {
	r.Events += other.Events
	if !other.First.IsZero() {
		r.during(other.First, other.Last)
	}
	r.More = r.More || other.More
	for _, ip := range other.Addresses {
		r.address(ip)
	}
}

// kinds are in the order in which readers ask for them.
var kinds = []string{"human", "gateway", "anonymous", "unauthenticated", "bootstrap", "serviceaccount", "node", "controlplane"}

func order(a, b Row) int {
	if a.Kind != b.Kind {
		return slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind)
	}
	key := func(r *Row) string {
		return strings.Join([]string{r.Namespace, r.Name, r.Via, r.Credential, r.MintedBy, r.Evidence}, "\x00")
	}
	return strings.Compare(key(&a), key(&b))
}

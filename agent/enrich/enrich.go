// Package enrich says in plain fields who did what: the "auditship" object of a shipped event.
//
//	{"id":"5e1c…","cluster":"prod-eu","node":"cp-1","actor":{"kind":"human","name":"jane@example.org","evidence":"certificate"},
//	 "action":"read secret prod/db","action_code":"secret-read","class":"read","outcome":"denied",
//	 "target":{"resource":"secrets","namespace":"prod","name":"db"},"client":"kubectl","client_version":"v1.36.3","interactive":true,
//	 "latency_ms":12.345,"source_ip":"10.0.0.7","network":"office","rule":"policy[3]"
//
// docs/events.md says of every member what it is, where it comes from and when it is absent.
//
// What is not known is left out. The object depends on nothing but the record, its rule, what New was given and what Observe
// was shown before: the same event at the same place of the log always gets the same bytes. It has no closing brace: what an output does to the event may be added.
package enrich

import (
	"encoding/hex"
	"encoding/json"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/identity"
	"github.com/auditship/auditship/agent/networks"
)

// Enricher adds what is known of an event. It belongs to one goroutine.
type Enricher struct {
	place   []byte // the members that are the same for all events
	people  *identity.People
	mints   identity.Mints
	scratch []byte // see resolve
	what    what
}

// Config is what an Enricher knows beside the record. The zero Config is ready for use.
type Config struct {
	Cluster string // where empty, the member is left out
	Node    string // the same

	People   *identity.People   // who is behind a user; nil: nobody is known
	Networks *networks.Networks // labels of addresses; nil: none
}

// New makes an Enricher.
func New(cfg Config) *Enricher {
	n := &Enricher{place: []byte{'"'}, people: cfg.People} // the quote closes the ID
	if n.people == nil {
		n.people = identity.Nobody()
	}
	n.what.networks.networks = cfg.Networks
	if cfg.Cluster != "" {
		n.place = appendString(append(n.place, `,"cluster":`...), cfg.Cluster)
	}
	if cfg.Node != "" {
		n.place = appendString(append(n.place, `,"node":`...), cfg.Node)
	}
	return n
}

// Enrich appends the event's "auditship" object without its closing brace to dst and sets Actor, Client and Enrichment of
// the event. Rule must be set before, and ID, unless Identify follows. Equal events give equal bytes.
func (n *Enricher) Enrich(e *event.Event, dst []byte) []byte {
	start := len(dst)
	dst = appendID(dst, e.ID)
	dst = append(dst, n.place...)
	dst = n.appendWho(dst, e)
	dst = n.what.append(dst, e)
	if e.Redacted != nil {
		dst = append(append(dst, `,"redacted":`...), e.Redacted...)
	}
	if e.Rule != "" {
		dst = appendString(append(dst, `,"rule":`...), e.Rule)
	}
	e.Enrichment = dst[start:len(dst):len(dst)]
	return dst
}

// idKey is what comes before the ID.
const idKey = `{"id":"`

// noID is the ID of an event that Identify is to follow for.
const noID = idKey + "00000000000000000000000000000000"

func appendID(dst []byte, id event.ID) []byte {
	if id == (event.ID{}) {
		return append(dst, noID...)
	}
	return hex.AppendEncode(append(dst, idKey...), id[:])
}

// Identify puts the ID of an event into its Enrichment, which was made without it: IDs of many events at a time are cheaper.
func Identify(e *event.Event) { hex.Encode(e.Enrichment[len(idKey):], e.ID[:]) }

// appendText appends a member whose value is a part of the record, just as it stands there.
func appendText(dst []byte, key string, e *event.Event, value event.Text) []byte {
	if value.Len() == 0 {
		return dst
	}
	return e.AppendQuoted(append(dst, key...), value)
}

// appendString appends a string that is no part of the record.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string has no error to give
			return append(dst, quoted...)
		}
	}
	dst = append(append(dst, '"'), s...)
	return append(dst, '"')
}

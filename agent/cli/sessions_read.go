package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/session"
)

// sessionFilter says which sessions are shown; zero fields let all pass.
type sessionFilter struct {
	user, namespace string
	since, until    timeFlag
}

func (f *sessionFilter) passes(r *session.Record) bool {
	return (f.namespace == "" || r.Namespace == f.namespace) &&
		(f.user == "" || isParty(&r.Actor, f.user) || r.Effective != nil && isParty(r.Effective, f.user))
}

func isParty(p *session.Party, user string) bool {
	account := p.Namespace != "" && (user == p.Namespace+":"+p.Name || user == "system:serviceaccount:"+p.Namespace+":"+p.Name)
	return user == p.Name || user == p.Person || user == p.Email || account
}

// during tells whether the session went on between since and until. One without an end may go on.
func (f *sessionFilter) during(r *session.Record) bool {
	last := r.End
	if last == nil && (r.Outcome == "refused" || r.Outcome == "failed") {
		last = &r.Start
	}
	return (f.until.IsZero() || r.Start.Before(f.until.Time)) && (f.since.IsZero() || last == nil || !last.Before(f.since.Time))
}

// sessionReader finds the sessions in logs.
type sessionReader struct {
	eventLog
	sessions session.Reader
	enricher *enrich.Enricher
	ledger   *session.Ledger
	filter   sessionFilter
	object   []byte
}

func (l *sessionReader) add(e *event.Event) error {
	l.enricher.Observe(e)
	if at, ok := session.Began(e); ok {
		l.ledger.Began(at)
	}
	if session.Phase(e) == "" || l.sessions.Read(e) == nil {
		return nil
	}
	r, ok := l.record(e)
	if !ok {
		l.others++
		return nil
	}
	if !l.filter.passes(r) {
		return nil
	}
	return l.ledger.Add(r)
}

// record is what the event says of its session: the same as a shipped event has it. False: its times are none.
func (l *sessionReader) record(e *event.Event) (*session.Record, bool) {
	l.object = append(l.enricher.Enrich(e, l.object[:0]), '}')
	said := struct {
		Session   *session.Record
		Actor     session.Party
		Effective *session.Party
		Client    string
		Version   string `json:"client_version"`
		SourceIP  string `json:"source_ip"`
		Network   string
	}{}
	if err := json.Unmarshal(l.object, &said); err != nil || said.Session == nil {
		return nil, false
	}
	r := said.Session
	r.Actor, r.Effective, r.Client, r.Version = said.Actor, said.Effective, said.Client, said.Version
	r.SourceIP, r.Network, r.Verb, r.Attempts = said.SourceIP, said.Network, e.String(e.Text(event.Verb)), 1
	return r, true
}

// tell says what the list can't.
func (l *sessionReader) tell(to io.Writer) {
	l.eventLog.tell(to)
	if l.ledger.Partial() {
		fmt.Fprintln(to, "auditship: more sessions than fit into memory: some may be out of order, or told twice, first as open; narrow it down with --since, --user or --namespace")
	}
}

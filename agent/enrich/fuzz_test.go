package enrich

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
)

// object is what an "auditship" object says.
type object struct {
	ID               string
	Actor, Effective struct {
		Kind, Name, Namespace                         string
		Person, Email, Via, Credential, Pod, Evidence string
		Shared                                        bool
	}
	Reason            string
	Client, Source_IP string
	Rule              string
	Latency_MS        *float64
}

// actor is the reference for actorOf, on strings.
func actor(user string) (kind, name, namespace string) {
	switch {
	case user == "":
		return "unauthenticated", "", ""
	case !strings.HasPrefix(user, "system:"), user == "system:admin":
		return "human", user, ""
	case user == "system:anonymous":
		return "anonymous", user, ""
	}
	if p := strings.Split(user, ":"); len(p) == 4 && p[1] == "serviceaccount" && p[2] != "" && p[3] != "" {
		return "serviceaccount", p[3], p[2]
	}
	if name, ok := strings.CutPrefix(user, "system:node:"); ok && name != "" {
		return "node", name, ""
	}
	if id, ok := strings.CutPrefix(user, "system:bootstrap:"); ok && id != "" {
		return "bootstrap", id, ""
	}
	return "controlplane", user, ""
}

// FuzzEnrich: whatever is in a record, the object is valid JSON when it is closed, and says what encoding/json finds.
func FuzzEnrich(f *testing.F) {
	f.Add(`"system:serviceaccount:ci:builder"`, `"kubectl/v1 (x)"`, `"10.0.0.1"`, "policy[0]")
	f.Add(`"system\u003anode:\ud83d"`, `"\u002f\"x"`, `"\\"`, "\xff\"")
	f.Add(`"`+"\xff"+`system:"`, `""`, `"::1"`, "")
	n := New(Config{Cluster: "c\"", Node: "\x00"})
	f.Fuzz(func(t *testing.T, user, agent, ip, rule string) {
		record := []byte(head + `"user":{"username":` + user + `},"impersonatedUser":{"username":` + user + `},"sourceIPs":["x",` + ip + `],"userAgent":` + agent + `}`)
		var e event.Event
		if new(event.Decoder).Decode(record, &e) != nil {
			t.Skip()
		}
		e.Rule = rule
		var got object
		if err := json.Unmarshal(append(n.Enrich(&e, nil), '}'), &got); err != nil {
			t.Fatalf("%v: %s", err, e.Enrichment)
		}
		check(t, &e, &got)
	})
}

func check(t *testing.T, e *event.Event, got *object) {
	kind, name, namespace := actor(e.String(e.User.Username))
	if got.Actor.Kind != kind || got.Actor.Name != name || got.Actor.Namespace != namespace {
		t.Errorf("actor %+v, want %s %q %q", got.Actor, kind, name, namespace)
	}
	if a, b := got.Actor, got.Effective; e.Impersonated.Username.Len() > 0 && e.Equal(e.User.Username, e.String(e.Impersonated.Username)) &&
		(a.Kind != b.Kind || a.Name != b.Name || a.Namespace != b.Namespace) {
		t.Errorf("effective %+v, actor %+v", got.Effective, got.Actor)
	}
	client := e.String(e.Text(event.UserAgent))
	if i := strings.IndexAny(client, "/ ("); i >= 0 {
		client = client[:i]
	}
	if got.Client != client || got.Source_IP != e.String(e.SourceIP) {
		t.Errorf("%+v, want client %q", got, client)
	}
	if utf8.ValidString(e.Rule) && got.Rule != e.Rule {
		t.Errorf("rule %q, want %q", got.Rule, e.Rule)
	}
}

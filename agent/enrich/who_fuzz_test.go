package enrich

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/identity"
)

var evidences = []string{
	noEvidence, certificate, podToken, token, legacyToken, userName, oidcName, viaGateway, "identities:fingerprint", "identities:token", "identities:user",
}

// TestDocumented: users find every word of evidence, and every kind, in docs/identity.md.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/identity.md")
	if err != nil {
		t.Fatal(err)
	}
	words := slices.Clone(evidences)
	for kind := event.Human; kind <= event.Gateway; kind++ {
		words = append(words, kind.String())
	}
	for _, word := range words {
		if !strings.Contains(string(page), "`"+word+"`") {
			t.Errorf("docs/identity.md has no %q", word)
		}
	}
	for _, found := range regexp.MustCompile(`"evidence":"([^"]*)"`).FindAllStringSubmatch(string(page), -1) {
		if !slices.Contains(evidences, found[1]) {
			t.Errorf("docs/identity.md shows %q, which is no evidence", found[1])
		}
	}
}

// said is what an event says of its actor.
type said struct {
	Actor struct {
		Kind, Name, Namespace, Person, Email, Team, Via, Credential, Pod, Minted_By, Evidence string
		Shared                                                                                bool
	}
	Effective *struct{ Kind, Name, Namespace string }
	Reason    string
}

// FuzzWho: whatever clients and proxies write, what is said is valid JSON, names nobody without ground, and no impersonator's word is
// taken for the API server's.
func FuzzWho(f *testing.F) {
	f.Add(`"gw-1"`, `"oidc:jane@example.org"`, `["JTI=1"]`, `["why"]`)
	f.Add(`"o\u0069dc:x"`, `""`, `["X509SHA256=`+print+`"]`, `["\ud83d\ude00\ud83d"]`)
	f.Add(`"system:serviceaccount:a:b"`, `"kubernetes-admin"`, `[]`, `null`)
	n := people(f, []identity.Entry{{User: "jane", Person: "Jane"}, {Fingerprint: print, Person: "Bob"}, {Token: "1", Shared: true}},
		[]identity.Gateway{{User: "gw-*", Name: "gw"}}, identity.OIDC{UsernamePrefix: "oidc:"}, identity.OIDC{GroupsPrefix: "corp/"})
	f.Fuzz(func(t *testing.T, name, impersonated, credential, reason string) {
		record := []byte(head + `"user":{"username":` + name + `,"groups":[` + name + `],"extra":{"authentication.kubernetes.io/credential-id":` + credential +
			`}},"impersonatedUser":{"username":` + impersonated + `,"groups":[` + name + `],"extra":{"authentication.kubernetes.io/credential-id":` + credential + `,"reason":` + reason + `}}}`)
		var e event.Event
		if new(event.Decoder).Decode(record, &e) != nil {
			t.Skip()
		}
		n.Observe(&e)
		var got said
		text := `{` + strings.TrimPrefix(string(n.appendWho(nil, &e)), `,`) + `}`
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		judge(t, &e, &got)
	})
}

func judge(t *testing.T, e *event.Event, got *said) {
	user, impersonated, credential := e.String(e.User.Username), e.String(e.Impersonated.Username), e.String(e.User.Credential)
	a, acts := got.Actor, user
	gateway, vouched := strings.HasPrefix(user, "gw-"), strings.HasPrefix(user, "gw-") && impersonated != ""
	if vouched {
		acts = impersonated
	}
	kind, name, namespace := actor(acts)
	if callers, _, _ := actor(user); e.CallerKind().String() != callers {
		t.Errorf("%q is %s for rules, want %s", user, e.CallerKind(), callers)
	}
	if gateway && !vouched {
		kind = "gateway"
	}
	if a.Kind != kind || a.Name != name || a.Namespace != namespace || e.Actor.Kind.String() != kind {
		t.Errorf("actor %+v, want %s %q %q", a, kind, name, namespace)
	}
	if (a.Via == "gw") != vouched || (got.Effective != nil) != (impersonated != "" && !vouched) || !slices.Contains(evidences, a.Evidence) {
		t.Errorf("%+v, as %+v, by %q", a, got.Effective, user)
	}
	if vouched && (a.Credential != "" || strings.HasPrefix(a.Evidence, "identities:f") || strings.HasPrefix(a.Evidence, "identities:t")) {
		t.Errorf("a gateway's credential counts: %+v", a)
	}
	known := acts == "jane" || !vouched && credential == "X509SHA256="+print ||
		kind == "human" && (strings.HasPrefix(acts, "oidc:") || strings.HasPrefix(user, "corp/")) && (vouched || !strings.HasPrefix(credential, "X509SHA256="))
	if a.Person != "" && (!known || a.Shared) || a.Minted_By != "" {
		t.Errorf("somebody is named without ground: %+v", a)
	}
}

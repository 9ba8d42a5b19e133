package enrich_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/enrich"
)

// TestActors: whoever did something in the recorded run, by what the run itself noted, is who the event is said to be of.
func TestActors(t *testing.T) {
	want := map[string]string{
		"admin":                            `human kubernetes-admin, person admin, by identities:fingerprint`,
		"jane":                             `human jane@example.org, person jane <jane@example.org> of platform-admins, by identities:user`,
		"bob":                              `human bob, person bob of developers, by identities:user`,
		"zoe":                              `human Zoë Müller, person zoe of developers, by identities:user`,
		"ci-bot":                           `human ci-bot of ci, shared, by identities:user`,
		"breakglass":                       `human breakglass of platform-admins, shared, by identities:user`,
		"node-1":                           `node node-1, by certificate`,
		"node-2":                           `node node-2, by certificate`,
		"system:serviceaccount:ci:builder": `serviceaccount ci/builder of ci, minted by kubernetes-admin, by token`,
		"system:anonymous":                 `anonymous system:anonymous, by none`,
		"(bad token)":                      `unauthenticated, by none`,
		"(forged jwt)":                     `unauthenticated, by none`,
	}
	n, seen := enrich.New(enrich.Config{People: people(t)}), map[string]bool{}
	for _, d := range actions(t) {
		n.Observe(&d.event)
		var got struct{ Actor actor }
		if err := json.Unmarshal(append(n.Enrich(&d.event, nil), '}'), &got); err != nil {
			t.Fatal(err)
		}
		if got.Actor.String() != want[d.Identity] {
			t.Errorf("action %d of %s: %s, want %s", d.N, d.Identity, got.Actor, want[d.Identity])
		}
		seen[d.Identity] = true
	}
	if len(seen) != len(want) {
		t.Errorf("only %d identities act: %v", len(seen), seen)
	}
}

// actor is all that is said of one, but for its credential.
type actor struct {
	Kind, Namespace, Name, Person, Email, Team, Via, Pod, Minted_By, Evidence string
	Shared                                                                    bool
}

func (a actor) String() string {
	var b strings.Builder
	part := func(format, value string) {
		if value != "" {
			fmt.Fprintf(&b, format, value)
		}
	}
	part("%s", a.Kind)
	part(" %s", strings.TrimPrefix(a.Namespace+"/"+a.Name, "/"))
	part(", person %s", a.Person)
	part(" <%s>", a.Email)
	part(" of %s", a.Team)
	if a.Shared {
		part("%s", ", shared")
	}
	part(", via %s", a.Via)
	part(", pod %s", a.Pod)
	part(", minted by %s", a.Minted_By)
	part(", by %s", a.Evidence)
	return b.String()
}

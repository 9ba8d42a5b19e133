package rules

import (
	"strconv"
	"testing"

	"github.com/auditship/auditship/agent/enrich"
)

// TestActors: rules and the shipped event call a caller the same.
func TestActors(t *testing.T) {
	n := enrich.New(enrich.Config{})
	kinds := map[string]string{"jane": "human", "system:admin": "human", "kube-apiserver-kubelet-client": "human", "": "unauthenticated",
		"system:anonymous": "anonymous", "system:node:n1": "node", "system:node:": "controlplane", "system:apiserver": "controlplane",
		"system:serviceaccount:a:b": "serviceaccount", "system:serviceaccount:a:b:c": "controlplane", "system:serviceaccount::b": "controlplane",
		"system:serviceaccount:a": "controlplane", "system:bootstrap:abcdef": "bootstrap", "systems": "human", "J\"ö": "human"}
	for user, kind := range kinds {
		e := decode(t, record(`"stage":"ResponseComplete","requestURI":"/x","verb":"get","user":{"username":`+strconv.QuoteToASCII(user)+`}`))
		n.Enrich(e, nil)
		if got := e.CallerKind(); got.String() != kind || got != e.Actor.Kind {
			t.Errorf("%q is %v by its name and %v as shipped, want %s", user, got, e.Actor.Kind, kind)
		}
		for wanted := range actorKinds {
			r := mustCompile(t, List{Name: "policy", NoMatch: RequestResponse, Rules: []Rule{{Level: "None", Actors: []string{wanted}}}})
			if dropped := r.Decide(e).Level == None; dropped != (wanted == kind) {
				t.Errorf("actors: [%s] matches %q: %v", wanted, user, dropped)
			}
		}
	}
}

package enrich

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/eventtest"
	"github.com/auditship/auditship/agent/identity"
)

// TestCallers shows who calls by every way there is to log in, in events of a real API server: certificates, static, pod-bound, free and
// legacy tokens, a bootstrap token, OpenID Connect, impersonation that is allowed and refused, and a gateway.
func TestCallers(t *testing.T) {
	const golden = "testdata/callers.golden"
	n := people(t, []identity.Entry{{User: "bob", Person: "Bob"}, {User: "u-1", Person: "Una"}},
		[]identity.Gateway{{User: "system:serviceaccount:cattle-system:rancher", Name: "rancher"}}, identity.OIDC{UsernamePrefix: "oidc:"})
	var out bytes.Buffer
	for e := range eventtest.Events(t, "testdata/callers.jsonl") {
		n.Observe(e)
		fmt.Fprintf(&out, "%s %s/%s by %s, %d\n%s\n\n", e.String(e.Text(event.Verb)), e.String(e.Object.Resource), e.String(e.Object.Subresource), e.String(e.User.Username), e.Code,
			bytes.TrimPrefix(n.appendWho(nil, e), []byte(",")))
	}
	eventtest.Golden(t, golden, out.Bytes())
}

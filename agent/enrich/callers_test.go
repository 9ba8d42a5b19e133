package enrich

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/identity"
)

var updateCallers = flag.Bool("update-callers", false, "write testdata/callers.golden")

// TestCallers shows who calls by every way there is to log in, in events of a real API server: certificates, static, pod-bound, free and
// legacy tokens, a bootstrap token, OpenID Connect, impersonation that is allowed and refused, and a gateway.
func TestCallers(t *testing.T) {
	const golden = "testdata/callers.golden"
	n := people(t, []identity.Entry{{User: "bob", Person: "Bob"}, {User: "u-1", Person: "Una"}},
		[]identity.Gateway{{User: "system:serviceaccount:cattle-system:rancher", Name: "rancher"}}, identity.OIDC{UsernamePrefix: "oidc:"})
	data, err := os.ReadFile("testdata/callers.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for line := range bytes.Lines(data) {
		e := decode(t, string(bytes.TrimRight(line, "\n")))
		n.Observe(e)
		fmt.Fprintf(&out, "%s %s/%s by %s, %d\n%s\n\n", e.String(e.Text(event.Verb)), e.String(e.Object.Resource), e.String(e.Object.Subresource), e.String(e.User.Username), e.Code,
			bytes.TrimPrefix(n.appendWho(nil, e), []byte(",")))
	}
	if *updateCallers {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("differs from %s (write it with -update-callers):\n%s", golden, out.Bytes())
	}
}

package enrich

import (
	"bytes"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/redact"
)

// TestRefusedImpersonationCannotBeHidden: the message is redacted before an event is enriched, and values in it may be those that
// the caller has chosen.
func TestRefusedImpersonationCannotBeHidden(t *testing.T) {
	const record = `{"auditID":"1","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/a/pods","verb":"list","user":{"username":"mallory"},"objectRef":{"resource":"pods","namespace":"a","apiVersion":"v1"},` +
		`"responseStatus":{"code":403,"message":"users \"bob\" is forbidden: User \"mallory\" cannot impersonate resource \"users\" in API group \"\"","details":{"name":"bob","kind":"users"}},` +
		`"requestObject":{"stringData":{"a":"cannot impersonate"}}}`
	r, err := redact.New(redact.Config{}, []byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"", "?token=cannot+impersonate"} {
		var e event.Event
		if err := new(event.Decoder).Decode(bytes.Replace([]byte(record), []byte("/pods"), []byte("/pods"+query), 1), &e); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Redact(&e, nil, false); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(e.Raw, []byte("cannot impersonate")) {
			t.Fatalf("the message is not redacted: %s", e.Raw)
		}
		if got := New(Config{}).Enrich(&e, nil); !bytes.Contains(got, []byte(`"impersonate bob to list pods`)) || !bytes.Contains(got, []byte(`"action_code":"impersonate"`)) {
			t.Errorf("with %q: %s", query, got)
		}
	}
}

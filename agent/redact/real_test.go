package redact

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/eventtest"
)

// TestCanaries redacts real lines that hold what must not leave the machine. The golden file shows what is said of them.
func TestCanaries(t *testing.T) {
	r := redactor(t, Config{})
	var told bytes.Buffer
	for e := range eventtest.Events(t, "testdata/canaries.jsonl") {
		if _, err := r.Redact(e, nil, false); err != nil {
			t.Fatal(err)
		}
		for _, canary := range []string{"hunter2-in-env", "query-string-secret"} {
			for _, form := range []string{canary, base64.RawStdEncoding.EncodeToString([]byte(canary))} {
				if bytes.Contains(e.Raw, []byte(form)) {
					t.Errorf("%s is left in %s", form, e.Raw)
				}
			}
		}
		if err := differences(e.Original, e.Raw); err != nil {
			t.Error(err)
		}
		fmt.Fprintf(&told, "%s %s %s\n%s\n\n", e.String(e.Text(event.Verb)), e.String(e.Text(event.RequestURI)), e.String(e.Text(event.Stage)), e.Redacted)
	}
	const golden = "testdata/canaries.golden"
	eventtest.Golden(t, golden, told.Bytes())
}

// TestRealEvents: nothing of real events changes but what is hidden, and the others are not even copied.
func TestRealEvents(t *testing.T) {
	r := redactor(t, Config{})
	events, _ := realEvents(t, func(*event.Event) bool { return true })
	for i := range events {
		e := events[i]
		if _, err := r.Redact(&e, nil, false); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(differences(e.Record(), e.Raw), misplaced(&e)); err != nil {
			t.Error(err)
		}
		if e.Original == nil && &e.Raw[0] != &events[i].Raw[0] || e.Original != nil && bytes.Equal(e.Raw, e.Original) {
			t.Errorf("copied for nothing: %s", e.Raw)
		}
		if bytes.Contains(e.Raw, []byte(`"managedFields":[`)) {
			t.Errorf("managedFields are left: %s", e.Raw)
		}
	}
}

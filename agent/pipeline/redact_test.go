package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/redact"
	"github.com/auditship/auditship/agent/rules"
	"github.com/auditship/auditship/outputs"
)

// secretive is an event whose body holds secrets, the second one of the size.
func secretive(n, size int) string {
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Request","auditID":"%d","stage":"ResponseComplete",`+
		`"requestURI":"/api/v1/namespaces/a/secrets?token=hunter2","verb":"create","user":{"username":"jane"},"objectRef":{"resource":"secrets"},`+
		`"requestObject":{"kind":"Secret","metadata":{"managedFields":[]},"data":{"a":"aHVudGVyMg=="},"stringData":{"b":"hunter2%s"}}}`, n, strings.Repeat("x", size))
}

func newRedactor(t testing.TB, cfg redact.Config) *redact.Redactor {
	t.Helper()
	r, err := redact.New(cfg, []byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// leveled are rules that have no more of any event than the level.
func leveled(t testing.TB, level string) *rules.Rules {
	t.Helper()
	r, err := rules.Compile(rules.List{Name: "policy", NoMatch: rules.RequestResponse, Rules: []rules.Rule{{Level: level}}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestNoOutputSeesASecret: what is shipped holds none, and has the ID of the record that does; what is set aside is that record.
func TestNoOutputSeesASecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := []string{secretive(0, 0), lines(t, 1)[0], secretive(2, 10<<10), secretive(3, 2<<20), secretive(4, 5<<20), secretive(5, 0)}
		b := newBench(t, all...)
		b.cfg.MaxEventBytes = 2 << 20
		seen := 0
		b.out.write = func(_ context.Context, _ int, events []event.Event) error {
			seen += len(events)
			for i := range events {
				e := &events[i]
				shipped := e.AppendJSON(nil)
				for _, secret := range []string{"hunter2", "aHVudGVyMg", "managedFields"} {
					if bytes.Contains(shipped, []byte(secret)) || bytes.Contains(e.Raw, []byte(secret)) || bytes.Contains(e.Enrichment, []byte(secret)) {
						t.Errorf("event %s holds %s: %.900s", e.String(e.Text(event.AuditID)), secret, shipped)
					}
				}
				if e.ID != event.Sum(e.Record()) || !strings.HasPrefix(string(e.Enrichment), `{"id":"`+e.ID.String()+`"`) {
					t.Errorf("event %d has the ID %v and says %.60s", i, e.ID, e.Enrichment)
				}
				if bytes.Contains(e.Record(), []byte("hunter2")) && !strings.Contains(string(e.Enrichment), `,"redacted":["requestURI.token"`) {
					t.Errorf("does not say what was redacted: %s", e.Enrichment)
				}
			}
			if seen < len(all) {
				return nil
			}
			return &outputs.PartialError{Failures: []outputs.Failure{{Index: len(events) - 1, Err: outputs.Permanent("mapping", errors.New("x"))}}}
		}
		parts := b.parts()
		parts.Redactor = newRedactor(t, redact.Config{})
		p := New(b.cfg, parts)
		if err := p.Open(); err != nil {
			t.Fatal(err)
		}
		if err := p.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := b.balanced(p)
		b.each(all[:5], 1)
		if letters := b.letters(); len(letters) != 1 || string(letters[0].Record) != all[5] {
			t.Errorf("letters: %.2000v", letters)
		}
		if s.Delivered != 5 || s.DeadLettered != 1 || s.Trimmed != 1 {
			t.Errorf("books: %+v", s.Counts)
		}
	})
}

// TestStrippedBodiesAreNotRedacted: nothing is left of them to hide, so that nothing is said of them either.
func TestStrippedBodiesAreNotRedacted(t *testing.T) {
	b := newBench(t, strings.Replace(secretive(0, 0), "?token=hunter2", "", 1))
	parts := b.parts()
	parts.Redactor = newRedactor(t, redact.Config{})
	parts.Rules = leveled(t, "Metadata")
	b.out.write = func(_ context.Context, _ int, events []event.Event) error {
		if shipped := string(events[0].AppendJSON(nil)); strings.Contains(shipped, "redacted") || !strings.Contains(shipped, `"trimmed":["requestObject"]`) || strings.Contains(shipped, "hunter2") {
			t.Errorf("got %s", shipped)
		}
		return nil
	}
	p := New(b.cfg, parts)
	if err := p.Open(); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

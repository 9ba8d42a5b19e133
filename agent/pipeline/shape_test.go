package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"

	"github.com/auditship/auditship/agent/ecs"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/redact"
)

// TestShape: where an output asks for another format, each event is delivered in it under its own ID, within its size and
// without secrets; what is too long for the output is trimmed as in any format.
func TestShape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := append(lines(t, 400), secretive(400, 0), secretive(401, 10<<10), secretive(402, 2<<20))
		b := newBench(t, all...)
		b.cfg.MaxEvents, b.cfg.MaxEventBytes = 350, 1<<20
		seen, trimmed := 0, 0
		b.out.write = func(_ context.Context, _ int, events []event.Event) error {
			for i := range events {
				seen++
				trimmed += checkDocument(t, &events[i])
			}
			return nil
		}
		parts := b.parts()
		parts.Shaper, parts.Redactor = ecs.New("logs-a-b"), newRedactor(t, redact.Config{})
		p := New(b.cfg, parts)
		if err := p.Open(); err != nil {
			t.Fatal(err)
		}
		if err := p.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.balanced(p)
		if seen != len(all) || trimmed != 1 {
			t.Errorf("%d events seen, %d of them trimmed", seen, trimmed)
		}
	})
}

func checkDocument(t *testing.T, e *event.Event) (trimmed int) {
	shipped := e.AppendJSON(nil)
	var document struct {
		Event     struct{ ID string }
		Stream    map[string]string `json:"data_stream"`
		Auditship struct {
			ID      string
			Trimmed []string
		}
		Kubernetes struct {
			Audit struct{ AuditID string }
		}
	}
	if err := json.Unmarshal(shipped, &document); err != nil {
		t.Fatalf("%v: %s", err, shipped)
	}
	id := event.Sum(e.Record()).String()
	if document.Event.ID != id || document.Auditship.ID != id || document.Stream["dataset"] != "a" || document.Kubernetes.Audit.AuditID == "" {
		t.Errorf("%s has %+v", id, document)
	}
	if len(shipped) != e.Size() || len(shipped) > 1<<20 || bytes.Contains(shipped, []byte("hunter2")) {
		t.Errorf("%d bytes, %d announced: %.2000s", len(shipped), e.Size(), shipped)
	}
	return len(document.Auditship.Trimmed)
}

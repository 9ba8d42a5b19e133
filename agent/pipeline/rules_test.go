package pipeline

import (
	"testing"

	"github.com/auditship/auditship/agent/rules"
)

func rulesOf(t *testing.T, level rules.Level) *rules.Rules {
	t.Helper()
	r, err := rules.Compile(rules.List{Name: "policy", NoMatch: level})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestExchangeAtABatch: the events of a batch are judged alike, and those that come after an exchange by what it brought, also
// where the batch had been waiting for its first event.
func TestExchangeAtABatch(t *testing.T) {
	c, r := newEndless(t)
	take := func(b *batch) {
		t.Helper()
		record, err := r.Next(t.Context())
		if err != nil || !c.take(t.Context(), b, record) {
			t.Fatal("not taken")
		}
	}
	b := <-c.free
	take(b)
	c.Exchange(rulesOf(t, rules.None))
	take(b)
	if b.counts.Filtered != 0 || len(b.events) != 2 {
		t.Errorf("within a batch %d of %d were filtered", b.counts.Filtered, b.counts.Read)
	}
	c.recycle(b)
	b = <-c.free
	take(b)
	if b.counts.Filtered != 1 {
		t.Errorf("the batch after it has %d events", len(b.events))
	}
	c.recycle(b)
	b = <-c.free
	c.Exchange(rulesOf(t, rules.RequestResponse))
	take(b)
	if b.counts.Filtered != 0 {
		t.Error("an exchange before the first event of a batch came too late")
	}
}

// TestExchangeAfterACrash: a batch that was being sent before the crash is made by the rules of the start, as long as it takes.
func TestExchangeAfterACrash(t *testing.T) {
	c, r := newEndless(t)
	c.exact = 2
	c.Exchange(rulesOf(t, rules.None))
	b := <-c.free
	for range 2 {
		if record, err := r.Next(t.Context()); err != nil || !c.take(t.Context(), b, record) {
			t.Fatal("not taken")
		}
	}
	if len(b.events) != 2 {
		t.Errorf("%d events of 2 are left", len(b.events))
	}
}

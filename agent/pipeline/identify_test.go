package pipeline

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/auditship/auditship/agent/event"
)

// Whatever else is in a batch, every event is delivered under the ID of its own record, and says so.
func TestEveryEventHasItsID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 400)
		for i := range all {
			switch i % 5 {
			case 1:
				all[i] = large(all[i], i*10)
			case 3:
				all[i] = "no event"
			}
		}
		all[300] = large(all[300], 2<<20)
		b := newBench(t, all...)
		b.cfg.MaxBytes, b.cfg.MaxEvents = 1<<20, 350 // more than is identified at a time
		seen := 0
		b.out.write = func(_ context.Context, _ int, events []event.Event) error {
			for i := range events {
				e := &events[i]
				seen++
				if e.ID != event.Sum(e.Raw) || !strings.HasPrefix(string(e.Enrichment), `{"id":"`+e.ID.String()+`"`) {
					t.Errorf("event %d has the ID %v and says %.60s", seen, e.ID, e.Enrichment)
				}
			}
			return nil
		}
		b.run()
		if seen != 320 {
			t.Errorf("%d events seen", seen)
		}
	})
}

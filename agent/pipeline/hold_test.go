package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/inputs"
)

// asked is an input that remembers how it was opened.
type asked struct {
	*log
	options []inputs.Options
}

func (a *asked) Open(o inputs.Options) (inputs.Reader, error) {
	a.options = append(a.options, o)
	return a.log.Open(o)
}

// heldBench has a pipeline whose checkpoint is damaged, and something to ship.
func heldBench(t *testing.T) (*bench, *Pipeline, *asked) {
	b := newBench(t, lines(t, 5)...)
	b.run()
	for _, slot := range checkpoint.Slots {
		if err := os.WriteFile(filepath.Join(b.dir, slot), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := &asked{log: b.log}
	p := New(b.cfg, b.parts())
	p.Input = in
	if err := p.Open(); err != nil || !errors.Is(p.Held(), checkpoint.ErrDamaged) {
		t.Fatalf("open: %v, held: %v", err, p.Held())
	}
	return b, p, in
}

func TestHeldPipelineShipsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, p, in := heldBench(t)
		p.Once = false
		writes := b.out.writes
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Run(ctx) }()
		time.Sleep(time.Hour)
		if s := p.Ledger().Snapshot(); s.Blocked != checkpoint.Damaged || !s.NeedsYou || s.Read != 0 || b.out.writes != writes {
			t.Errorf("books %+v, %d writes", s, b.out.writes-writes)
		}
		if o := in.options[0]; len(in.options) != 1 || o.Start != inputs.Beginning || o.Cursor != nil {
			t.Errorf("the input was opened with %+v: it must keep all that is there", in.options)
		}
		stop()
		if err := <-ended; err != nil {
			t.Errorf("stopped: %v", err)
		}
	})
}

func TestHeldPipelineIsUnfinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p, _ := heldBench(t)
		if err := p.Run(t.Context()); !errors.Is(err, ErrUnfinished) || !errors.Is(err, checkpoint.ErrDamaged) {
			t.Errorf("got %v", err)
		}
	})
}

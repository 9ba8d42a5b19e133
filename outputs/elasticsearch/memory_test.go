package elasticsearch

import (
	"testing"

	"github.com/auditship/auditship/outputs"
)

// A body must not be overwritten while the transport still reads it, as it may when a server answers early.
func TestBodiesAreNotReusedWhileRead(t *testing.T) {
	f := newFake(t)
	o := f.output(nil)
	w := o.borrow()
	w.body.begin()
	first := w.body.end()
	again, _ := first.(*payload).again()
	first.Close()
	first.Close()
	o.giveBack(w)
	if o.borrow() == w {
		t.Error("the memory was used again")
	}
	again.Close()
	o.giveBack(w)
	if o.borrow() != w {
		t.Error("the memory was not used again")
	}
}

func TestHugeMemoryIsLetGo(t *testing.T) {
	f := newFake(t)
	o := f.output(func(_ *Config, env *outputs.Env) { env.MaxBytes = 1 << 10 })
	w := o.borrow()
	w.body.content.Grow(2 << 20)
	o.giveBack(w)
	if o.borrow() == w {
		t.Error("2 MiB were kept for batches of 1 KiB")
	}
}

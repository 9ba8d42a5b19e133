package file

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/inputs"
)

// TestUnknownWhetherGzIsFinished: a directory that can't be looked at is no proof that a backup is gone.
func TestUnknownWhetherGzIsFinished(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\na2\n")
	h.gzip(backup1)
	h.write("audit.log", "b1\n")
	r := h.open(inputs.Options{})
	r.next()
	r = r.reopen()
	broken := h.fails("stat", h.path(backup1), syscall.EIO)
	r.r.lister.sys = h.in.sys
	for range 2 {
		for _, text := range r.all() {
			if strings.HasPrefix(text, "gap") {
				t.Fatal(text)
			}
		}
	}
	if h.seen["unreadable"] == 0 {
		t.Errorf("anomalies: %v", h.seen)
	}
	*broken = false
	if got := r.all(); len(got) == 0 || got[0] != "a2" {
		t.Errorf("got %q", got)
	}
}

// TestBackupsFromTheFuture are not read anew at each look: the clock was stepped back, say.
func TestBackupsFromTheFuture(t *testing.T) {
	h := newHome(t)
	opened := 0
	h.in.sys = faulty{disk{}, func(call, _ string) error {
		if call == "open" {
			opened++
		}
		return nil
	}}
	later := time.Now().Add(time.Hour)
	for _, b := range []string{backup1, backup2, backup3} {
		h.write(b, b+"\n")
		h.must(os.Chtimes(h.path(b), later, later))
	}
	l := newLister(h.in)
	for range 10 {
		l.list()
	}
	if opened != 3 {
		t.Errorf("3 files were opened %d times", opened)
	}
}

package file

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/inputs"
)

// TestNews: a log's directory may be shared with busier programs, which must not make anybody look at it.
func TestNews(t *testing.T) {
	in := newHome(t).in
	for _, c := range []struct {
		file string
		op   op
		want news
	}{
		{"audit.log", written, grown},
		{"audit.log", made, changed},
		{"audit.log", gone, changed},
		{backup1, made, changed},
		{backup1, gone, changed},
		{backup1, written, changed},
		{backup1 + ".gz", made, changed},
		{backup1 + ".gz", written, nothing},
		{backup1 + ".gz", gone, changed},
		{"audit.log.1", written, changed},
		{guardDir, gone, changed},
		{"syslog", made, nothing},
		{"syslog", written, nothing},
		{"audit2.log", gone, nothing},
		{"audit2-2020-01-01T00-00-00.000.log", made, nothing},
	} {
		if got := in.newsOf(event{c.file, c.op}); got != c.want {
			t.Errorf("%v %v: %d, want %d", c.op, c.file, got, c.want)
		}
	}
}

// TestPauses: the first event after a while is passed on at once, the next ones are gathered, the less the faster the log
// grows, and until somebody waits for them where it is slow and has not rotated lately.
func TestPauses(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\n")
	synctest.Test(t, func(t *testing.T) {
		in := h.in
		in.wanted = make(chan struct{}, 1) // of this bubble
		want := func(file string, o op, n news, pause time.Duration) {
			t.Helper()
			w, begin := watcher{in: in, watch: &script{events: []event{{file, o}}}}, time.Now()
			in.leave(t.Context())
			w.mark()
			if got, took := in.gather(t.Context(), &w), time.Since(begin); got != n || took != pause {
				t.Errorf("%s: news %d after %v, want %d after %v", file, got, took, n, pause)
			}
		}
		want("audit.log", written, changed, 0) // it was never seen
		want("audit.log", written, grown, fastPause)
		want("audit.log", written, grown, slowPause)
		time.Sleep(time.Minute)
		want("audit.log", written, grown, 0)
		want("audit.log", written, grown, unaskedPause)
		time.AfterFunc(3*slowPause, func() {
			in.waiting.Add(1)
			signal(in.wanted)
		})
		want("audit.log", written, grown, 3*slowPause)
		want("audit.log", written, grown, slowPause) // it still waits
		h.write("audit.log", strings.Repeat("x", fastGrowth)+"\n")
		want("audit.log", written, grown, slowPause)
		in.waiting.Add(-1)
		want("audit.log", written, grown, fastPause)
		want("audit.log", gone, changed, unaskedPause)
		h.rotate(backup1)
		time.Sleep(time.Minute)
		want("audit.log", written, changed, 0)
		want("audit.log", written, grown, fastPause)
		want("audit.log", written, grown, slowPause) // it may do so again
		time.Sleep(time.Minute)
		r, err := in.Open(inputs.Options{Pipeline: "p"})
		if err != nil {
			t.Fatal(err)
		}
		want("audit.log", written, grown, 0)
		want("audit.log", written, grown, slowPause) // that reader is behind
		r.(*reader).waited.Store(time.Now().UnixNano())
		want("audit.log", written, grown, slowPause)
		want("audit.log", written, grown, unaskedPause)
	})
}

// script is a watch that tells of some events.
type script struct{ events []event }

func (s *script) Take(each func(event)) error {
	for _, e := range s.events {
		each(e)
	}
	s.events = nil
	return nil
}

func (s *script) Ready() <-chan struct{} { return nil }
func (s *script) Close() error           { return nil }

// TestDoubt: while nothing happens there is no cause for doubt; a change that no event told of means that none will.
func TestDoubt(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\n")
	w := watcher{in: h.in, watch: &script{}}
	h.in.rotated()
	blind := func() bool {
		h.in.doubt(&w)
		return h.in.blind
	}
	h.in.calm.Store(true)
	if blind() {
		t.Error("blind, although nothing happened")
	}
	h.write("audit.log", "a2\n")
	w.watch = &script{events: []event{{"audit.log", written}}}
	if blind() {
		t.Error("blind, although an event told")
	}
	w.take()
	h.in.calm.Store(false)
	if blind() {
		t.Error("blind, although it was not calm")
	}
	h.in.calm.Store(true)
	if !blind() {
		t.Error("trusted, although the log grew and nothing told")
	}
}

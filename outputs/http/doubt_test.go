package http

import (
	"net"
	nethttp "net/http"
	"testing"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

// hangUp ends a connection in place of an answer.
func hangUp(t *testing.T, w nethttp.ResponseWriter) {
	conn, _, err := w.(nethttp.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

// TestNoAnswer: what a receiver may have kept without saying so is sent again once it is asked for, and not before, and is counted: it
// may stand there twice.
func TestNoAnswer(t *testing.T) {
	for name, fail := range map[string]func(t *testing.T, w nethttp.ResponseWriter){
		"cut off":        hangUp,
		"a proxy's word": func(_ *testing.T, w nethttp.ResponseWriter) { w.WriteHeader(nethttp.StatusBadGateway) },
	} {
		s := receive(t)
		s.heeds = false
		o := outputtest.Opened(t, s.output(t), outputs.Resume{})
		events := outputtest.Events(t)
		if ack, err := o.Write(t.Context(), events[:3]); err != nil || ack.Unchecked != 0 { // net/http has a connection to use again
			t.Fatal(ack, err)
		}
		s.turn(func(w nethttp.ResponseWriter, r *nethttp.Request, body []byte) bool {
			s.keep(r.Header.Get("Idempotency-Key"), body)
			fail(t, w)
			return true
		})
		if _, err := o.Write(t.Context(), events[3:8]); err == nil || len(s.sentKeys()) != 2 {
			t.Fatalf("%s: %v, %d requests", name, err, len(s.sentKeys()))
		}
		s.turn(nil)
		if ack, err := o.Write(t.Context(), events[3:8]); err != nil || ack.Unchecked != 5 || len(s.ids(t)) != 13 {
			t.Errorf("%s: %+v %v, %d events", name, ack, err, len(s.ids(t)))
		}
		if ack, err := o.Write(t.Context(), events[8:]); err != nil || ack.Unchecked != 0 {
			t.Errorf("%s, then: %+v %v", name, ack, err)
		}
	}
}

// TestNotDone: a receiver that is not there, or says that it did nothing, leaves nothing in doubt.
func TestNotDone(t *testing.T) {
	for _, status := range []int{429, 503, 401, 0} {
		s := receive(t)
		s.before = func(w nethttp.ResponseWriter, _ *nethttp.Request, _ []byte) bool {
			w.WriteHeader(status)
			return true
		}
		o := outputtest.Opened(t, s.output(t), outputs.Resume{})
		if status == 0 {
			s.Close()
		}
		if _, err := o.Write(t.Context(), outputtest.Events(t)[:3]); err == nil || o.doubt != 0 {
			t.Errorf("%d: %v, %d in doubt", status, err, o.doubt)
		}
	}
}

// TestDoubtInPart: of a batch in halves only the one without an answer is in doubt.
func TestDoubtInPart(t *testing.T) {
	s := receive(t)
	events := outputtest.Events(t)[:8]
	s.before = func(w nethttp.ResponseWriter, r *nethttp.Request, body []byte) bool {
		switch s.requests {
		case 1:
			w.WriteHeader(nethttp.StatusRequestEntityTooLarge)
		case 3:
			hangUp(t, w)
		default:
			return false
		}
		return true
	}
	o := outputtest.Opened(t, s.output(t), outputs.Resume{})
	ack, err := o.Write(t.Context(), events)
	if partial, ok := err.(*outputs.PartialError); !ok || len(partial.Failures) != 4 || ack.Unchecked != 0 || o.doubt != 4 {
		t.Fatalf("%+v %v, %d in doubt", ack, err, o.doubt)
	}
	if ack, err := o.Write(t.Context(), events[4:]); err != nil || ack.Unchecked != 4 {
		t.Errorf("%+v %v", ack, err)
	}
}

// TestNoWordForSuccess: what answers 2xx without Splunk's word may have kept the events: they are sent again, and counted.
func TestNoWordForSuccess(t *testing.T) {
	s := receive(t)
	s.heeds = false
	s.before = func(w nethttp.ResponseWriter, r *nethttp.Request, body []byte) bool {
		s.keep(r.Header.Get("Idempotency-Key"), body)
		w.WriteHeader(nethttp.StatusAccepted)
		return true
	}
	o := outputtest.Opened(t, s.output(t, forSplunk), outputs.Resume{})
	events := outputtest.Events(t)[:4]
	if ack, err := o.Write(t.Context(), events); err == nil {
		t.Fatal(ack)
	}
	s.turn(nil)
	if ack, err := o.Write(t.Context(), events); err != nil || ack.Unchecked != 4 || len(s.events) != 8 {
		t.Errorf("%+v %v, %d events", ack, err, len(s.events))
	}
}

// TestKeptBefore: Splunk keeps what comes before the event that it finds invalid, and takes it again when the rest is sent again. Each of
// these is counted once, when it is acknowledged.
func TestKeptBefore(t *testing.T) {
	for name, c := range map[string]struct {
		answers     map[int]string // to the requests of the first Write
		status      int
		first, then int  // unchecked
		again       bool // it is all to be written again
	}{
		"halves":             {map[int]string{1: `{"code":6,"invalid-event-number":5}`, 3: `{"code":6,"invalid-event-number":1}`}, 400, 5, 0, false},
		"the first one":      {map[int]string{1: `{"code":6,"invalid-event-number":0}`}, 400, 0, 0, false},
		"none named":         {map[int]string{1: `{"code":6}`}, 400, 0, 0, false},
		"more than there is": {map[int]string{1: `{"code":6,"invalid-event-number":99}`}, 400, 8, 0, false},
		"less than none":     {map[int]string{1: `{"code":6,"invalid-event-number":-9}`}, 400, 0, 0, false},
		"busy":               {map[int]string{1: `{"code":9,"invalid-event-number":3}`}, 503, 0, 3, true},
		"a wrong index":      {map[int]string{1: `{"code":7,"invalid-event-number":2}`}, 400, 0, 2, true},
	} {
		s := receive(t)
		o := outputtest.Opened(t, s.output(t, forSplunk), outputs.Resume{})
		events := outputtest.Events(t)
		if _, err := o.Write(t.Context(), events[8:9]); err != nil { // from then on a refusal is about events
			t.Fatal(err)
		}
		s.turn(func(w nethttp.ResponseWriter, _ *nethttp.Request, _ []byte) bool {
			text, bad := c.answers[s.requests-1]
			if bad {
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(text))
			}
			return bad
		})
		ack, err := o.Write(t.Context(), events[:8])
		if ack.Unchecked != c.first || (err != nil) != c.again {
			t.Errorf("%s: %+v %v", name, ack, err)
		}
		s.turn(nil)
		if ack, err := o.Write(t.Context(), events[:8]); err != nil || ack.Unchecked != c.then {
			t.Errorf("%s, then: %+v %v", name, ack, err)
		}
	}
}

// TestRepeats: what several requests may have left is counted once, and what is to be written again is not counted yet.
func TestRepeats(t *testing.T) {
	o := &Output{doubt: 2, arrivals: []span{{0, 5}, {4, 5}, {6, 8}}}
	for settled, want := range map[int]int{0: 0, 1: 1, 4: 4, 6: 5, 7: 6, 9: 7} {
		if n, reach := o.repeats(settled); n != want || reach != 8 {
			t.Errorf("%d settled: %d, to %d", settled, n, reach)
		}
	}
}

package elasticsearch

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/outputs"
)

// cutsOff has the fake store what the next bulk request holds, do more, and cut the connection without an answer.
func (f *fake) cutsOff(more func()) {
	f.before = func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if !strings.HasSuffix(r.URL.Path, "/_bulk") {
			return false
		}
		f.before = nil
		f.bulk(httptest.NewRecorder(), "audit", body)
		more()
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			f.t.Error(err)
			return true
		}
		connection.(*net.TCPConn).SetLinger(0) // a reset
		connection.Close()
		return true
	}
}

// A connection that breaks when all was stored and nothing answered: what comes again is met by its ID.
func TestResetAfterEverythingWasStored(t *testing.T) {
	f, events := newFake(t), some(t, 20)
	o := f.output(func(cfg *Config, _ *outputs.Env) { cfg.DataStream, cfg.Index = "", "audit" })
	f.cutsOff(func() {})
	if _, err := o.Write(t.Context(), events); outputs.FaultOf(err).Reason != unreachable {
		t.Fatalf("got %v", err)
	}
	if ack := mustWrite(t, o, events); ack.Duplicates != 20 {
		t.Errorf("%d repeats were met", ack.Duplicates)
	}
	f.each(events)
}

// A server takes its time, and its data stream is rolled over meanwhile: net/http must not send the request again by itself.
func TestNoSilentRepeatAfterAWhile(t *testing.T) {
	f, events := newFake(t), some(t, 20)
	f.stream = "audit"
	o := f.output(nil)
	mustWrite(t, o, events[:1]) // net/http repeats only what went over a connection that was used before
	f.cutsOff(func() {
		f.current++
		<-time.After(2 * repeatWithin) // as a slow server
	})
	_, err := o.Write(t.Context(), events[1:])
	if err == nil {
		t.Error("it was sent again")
	}
	mustWrite(t, o, events[1:])
	f.each(events)
}

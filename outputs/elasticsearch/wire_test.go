package elasticsearch

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// A server that closes idle connections costs one attempt at most: no other dead connection is tried after it.
func TestConnectionClosedWhileIdle(t *testing.T) {
	f := newFake(t)
	o := f.output(nil)
	for round := range 20 {
		if _, err := o.Write(t.Context(), some(t, 1)); err != nil {
			if _, err = o.Write(t.Context(), some(t, 1)); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		f.CloseClientConnections()
	}
	if len(f.arrived()) != 1 {
		t.Errorf("%d arrived", len(f.arrived()))
	}
}

func TestEarlyRefusalOfALongBody(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusRequestEntityTooLarge) // without reading, so that the connection is cut
	}))
	defer server.Close()
	o, _ := New(Config{URLs: []string{server.URL}, Index: "audit", Compression: "none"}, outputs.Env{Timeout: 10 * time.Second})
	defer o.Close()
	long := decode(t, at(fmt.Sprintf(`,"annotations":{"a":"%08388608d"}`, 0)))
	_, err := o.Write(t.Context(), append(some(t, 0), long))
	if _, faults := partial(t, err, 1); faults[0].Reason != tooLarge {
		t.Errorf("got %v", err)
	}
}

// A proxy that can't be asked before a long body gets the next one at once.
func TestExpectationFailed(t *testing.T) {
	f, asked := newFake(t), 0
	f.before = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Header.Get("Expect") == "" {
			return false
		}
		asked++
		w.WriteHeader(http.StatusExpectationFailed)
		return true
	}
	o := f.output(func(cfg *Config, _ *outputs.Env) { cfg.Compression = "none" })
	long := []event.Event{decode(t, at(fmt.Sprintf(`,"annotations":{"a":"%08388608d"}`, 0)))}
	if _, err := o.Write(t.Context(), long); outputs.FaultOf(err).Reason != unavailable || outputs.FaultOf(err).Blocked {
		t.Errorf("got %v", err)
	}
	if _, err := o.Write(t.Context(), long); err != nil || asked != 1 || len(f.arrived()) != 1 {
		t.Errorf("got %v, asked %d times", err, asked)
	}
}

// An IPv6 address, and a path that a proxy wants: everything goes below it, looks and bulks alike.
func TestAddressWithAPath(t *testing.T) {
	f := newFake(t)
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here")
	}
	var outside atomic.Int32
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/search/es/") {
			outside.Add(1)
		}
		http.StripPrefix("/search/es", f).ServeHTTP(w, r)
	})}}
	server.Start()
	defer server.Close()
	(&premises{said: map[string]string{"_field_caps": noFields}}).on(f)
	o := f.output(func(cfg *Config, _ *outputs.Env) {
		cfg.URLs, cfg.Template = []string{"http://" + l.Addr().String() + "/search/es/"}, ""
	})
	mustWrite(t, o, some(t, 5))
	if len(f.arrived()) != 5 || outside.Load() > 0 || f.count("_field_caps") != 1 {
		t.Errorf("%d arrived, %d requests to other paths", len(f.arrived()), outside.Load())
	}
}

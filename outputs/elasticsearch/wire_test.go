package elasticsearch

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

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

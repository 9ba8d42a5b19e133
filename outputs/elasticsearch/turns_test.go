package elasticsearch

import (
	"net/http"
	"testing"
	"time"

	"github.com/auditship/auditship/outputs"
)

func TestServersTakeTurns(t *testing.T) {
	a, b := newFake(t), newFake(t)
	o := a.output(func(cfg *Config, _ *outputs.Env) { cfg.URLs = []string{a.URL, b.URL} })
	for _, e := range some(t, 10) {
		if _, err := o.Write(t.Context(), append(some(t, 0), e)); err != nil {
			t.Fatal(err)
		}
	}
	if a.count("_bulk") != 5 || b.count("_bulk") != 5 {
		t.Errorf("%d and %d requests", a.count("_bulk"), b.count("_bulk"))
	}
}

func TestFailingServersAreSetAside(t *testing.T) {
	for name, status := range map[string]int{"bad gateway": 502, "unavailable": 503, "down": 0} {
		bad, good := newFake(t), newFake(t)
		bad.before = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			w.WriteHeader(status)
			return true
		}
		if status == 0 {
			bad.Server.Close()
		}
		o := good.output(func(cfg *Config, _ *outputs.Env) { cfg.URLs = []string{bad.URL, good.URL} })
		failed := 0
		for range 10 {
			if _, err := o.Write(t.Context(), some(t, 1)); err != nil {
				failed++
			}
		}
		if failed != 1 || good.count("_bulk") != 9 {
			t.Errorf("%s: %d failed, %d arrived", name, failed, good.count("_bulk"))
		}
	}
}

func TestSetAsideLongerEachTime(t *testing.T) {
	s, err := newServers(Config{URLs: []string{"http://a", "http://b"}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	chosen := func(after time.Duration) string {
		one, _, _, err := s.choose(now.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		return one.url.Host
	}
	if got := chosen(0); got != "a" {
		t.Fatalf("got %s", got)
	}
	a, b := s.list[0], s.list[1]
	s.note(a, true)
	if first, second := chosen(0), chosen(0); first != "b" || second != "b" {
		t.Errorf("a was asked while aside: %s, %s", first, second)
	}
	if first, second := chosen(31*time.Second), chosen(31*time.Second); first == second {
		t.Errorf("only %s was asked afterwards", first)
	}
	s.note(a, true)
	s.note(b, true) // both are aside; b comes back first
	if first, second := chosen(0), chosen(0); first != "b" || second != "b" {
		t.Errorf("got %s, %s", first, second)
	}
	s.note(b, false)
	if b.failures != 0 || !b.aside.IsZero() {
		t.Error("a success did not end it")
	}
}

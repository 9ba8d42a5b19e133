package http

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log/slog"
	nethttp "net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/auditship/auditship/outputs"
)

// receiver keeps events, and each request once where it is told to heed keys.
type receiver struct {
	*httptest.Server
	t      *testing.T
	heeds  bool
	before func(w nethttp.ResponseWriter, r *nethttp.Request, body []byte) (answered bool)

	mu       sync.Mutex
	keys     map[string]bool
	events   []json.RawMessage
	headers  []nethttp.Header
	requests int
}

func receive(t *testing.T) *receiver {
	s := &receiver{t: t, heeds: true, keys: map[string]bool{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *receiver) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var from io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		zipped, err := gzip.NewReader(r.Body)
		if err != nil {
			s.t.Error(err)
			return
		}
		from = zipped
	}
	body, err := io.ReadAll(from)
	if err != nil {
		s.t.Error(err)
	}
	s.requests++
	s.headers = append(s.headers, r.Header)
	if s.before != nil && s.before(w, r, body) {
		return
	}
	s.keep(r.Header.Get("Idempotency-Key"), body)
	if _, err := io.WriteString(w, success); err != nil {
		s.t.Error(err)
	}
}

// success is what Splunk says, and nobody else looks at.
const success = `{"text":"Success","code":0}`

func (s *receiver) keep(key string, body []byte) {
	if key == "" {
		s.t.Error("a request without a key")
	}
	if s.heeds && s.keys[key] {
		return
	}
	s.keys[key] = true
	s.events = append(s.events, parse(s.t, body)...)
}

// turn has the receiver answer so from now on; nil: as it should.
func (s *receiver) turn(before func(w nethttp.ResponseWriter, r *nethttp.Request, body []byte) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = before
}

// sentKeys are those of all requests.
func (s *receiver) sentKeys() (keys []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.headers {
		keys = append(keys, h.Get("Idempotency-Key"))
	}
	return keys
}

// parse takes all formats.
func parse(t *testing.T, body []byte) (events []json.RawMessage) {
	t.Helper()
	if bytes.HasPrefix(body, []byte{'['}) {
		if err := json.Unmarshal(body, &events); err != nil {
			t.Error(err)
		}
		return events
	}
	for d := json.NewDecoder(bytes.NewReader(body)); ; {
		var e json.RawMessage
		err := d.Decode(&e)
		if err == io.EOF {
			return events
		}
		if err != nil {
			t.Error(err)
			return events
		}
		events = append(events, e)
	}
}

// ids are those of the events that arrived.
func (s *receiver) ids(t *testing.T) (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, raw := range s.events {
		var e struct {
			Auditship struct{ ID string }
			Event     struct{ Auditship struct{ ID string } }
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.Auditship.ID+e.Event.Auditship.ID)
	}
	return ids
}

func (s *receiver) output(t *testing.T, change ...func(*Config)) *Output {
	t.Helper()
	cfg := Config{URL: s.URL + "/in"}
	for _, c := range change {
		c(&cfg)
	}
	cfg.Validate(func(path, problem string) { t.Errorf("%s %s", path, problem) })
	o, err := New(cfg, outputs.Env{Log: slog.New(slog.DiscardHandler), Node: "cp-1"})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

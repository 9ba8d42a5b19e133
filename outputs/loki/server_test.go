package loki

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/grafana/loki/pkg/push"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

// server does what Loki does with a push: it keeps the good entries of a request, each once, and tells of the others.
type server struct {
	*httptest.Server
	t testing.TB

	mu       sync.Mutex
	refuse   func(labels string, e push.Entry) string // what is wrong with an entry; empty: nothing
	before   func(w http.ResponseWriter, r *http.Request, size int) bool
	requests []push.PushRequest
	headers  []http.Header
	kept     []kept
	seen     map[string]bool
	newest   map[string]time.Time // of each stream
}

// kept is an entry and its stream.
type kept struct {
	labels string
	push.Entry
}

func (k kept) id() string {
	for _, pair := range k.StructuredMetadata {
		if pair.Name == "id" {
			return pair.Value
		}
	}
	return ""
}

// key is what makes Loki take entries for the same.
func (k kept) key() string {
	var b strings.Builder
	b.WriteString(k.labels + "\n" + k.Timestamp.UTC().String() + "\n" + k.Line)
	for _, pair := range k.StructuredMetadata {
		b.WriteString("\n" + pair.Name + "=" + pair.Value)
	}
	return b.String()
}

func start(t testing.TB) *server {
	s := &server{t: t, seen: map[string]bool{}, newest: map[string]time.Time{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost || r.URL.Path != pushPath || r.Header.Get("Content-Type") != "application/x-protobuf" {
		s.t.Errorf("%s %s, %q: %v", r.Method, r.URL, r.Header.Get("Content-Type"), err)
	}
	s.headers = append(s.headers, r.Header)
	if s.before != nil && s.before(w, r, len(body)) {
		return
	}
	plain, err := snappy.Decode(nil, body)
	var request push.PushRequest
	if err != nil || request.Unmarshal(plain) != nil {
		s.t.Errorf("a body of %d bytes is no request: %v", len(body), err)
	}
	if len(request.Streams) == 0 {
		http.Error(w, "error at least one valid stream is required for ingestion", http.StatusUnprocessableEntity)
		return
	}
	s.requests = append(s.requests, request)
	if problem := s.keep(request); problem != "" {
		http.Error(w, problem, http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *server) keep(request push.PushRequest) (problem string) {
	for _, stream := range request.Streams {
		for _, entry := range stream.Entries {
			k := kept{stream.Labels, entry}
			if text := s.problem(k); text != "" {
				problem = text
				continue
			}
			s.newest[k.labels] = later(s.newest[k.labels], entry.Timestamp)
			if !s.seen[k.key()] {
				s.seen[k.key()] = true
				s.kept = append(s.kept, k)
			}
		}
	}
	return problem
}

func (s *server) problem(k kept) string {
	if k.Timestamp.Before(s.newest[k.labels].Add(-time.Hour)) {
		return textBehind
	}
	if s.refuse == nil {
		return ""
	}
	return s.refuse(k.labels, k.Entry)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// ids are those of the entries, in the order in which they came.
func (s *server) ids() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.kept {
		ids = append(ids, k.id())
	}
	return ids
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// output makes one for the server, open, as fast as it can be.
func (s *server) output(t testing.TB, change ...func(*Config)) *Output {
	t.Helper()
	cfg := Config{URL: s.URL, Labels: map[string]string{"job": "audit"}, StreamRate: 1 << 30}
	for _, f := range change {
		f(&cfg)
	}
	o, err := New(cfg, outputs.Env{Log: slog.New(slog.DiscardHandler), Cluster: "prod", Node: "cp-1", Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Open(t.Context(), outputs.Resume{Pipeline: "apiserver/logs"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o
}

// at makes events of one real one, each with another audit ID, at these times.
func at(t testing.TB, times ...string) []event.Event {
	t.Helper()
	var decoder event.Decoder
	events := make([]event.Event, len(times))
	for i, when := range times {
		raw := []byte(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"` + strconv.Itoa(i) +
			`","stage":"ResponseComplete","requestURI":"/api","verb":"get","user":{"username":"jane"},"requestObject":{"k":"` + strings.Repeat("v", 300) + `"}`)
		if when != "" {
			raw = append(raw, `,"stageTimestamp":"`+when+`"`...)
		}
		raw = append(raw, '}')
		if err := decoder.Decode(raw, &events[i]); err != nil {
			t.Fatal(err)
		}
		events[i].ID = event.Sum(raw)
		events[i].Enrichment = []byte(`{"id":"` + events[i].ID.String() + `"`)
	}
	return events
}

func idsOf(events []event.Event) (ids []string) {
	for i := range events {
		ids = append(ids, events[i].ID.String())
	}
	return ids
}

func sorted(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return ids
}

func TestConformance(t *testing.T) {
	outputtest.Run(t, func(t *testing.T) outputtest.Subject {
		s := start(t)
		return outputtest.Subject{
			New: func(t *testing.T) outputs.Output {
				cfg := Config{URL: s.URL, StreamRate: 1 << 30}
				o, err := New(cfg, outputs.Env{Log: slog.New(slog.DiscardHandler), Cluster: "prod", Node: "cp-1"})
				if err != nil {
					t.Fatal(err)
				}
				return o
			},
			Arrived: func(*testing.T) []string { return s.ids() },
		}
	})
}

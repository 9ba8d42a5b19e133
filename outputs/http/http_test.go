package http

import (
	"bytes"
	"errors"
	nethttp "net/http"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

func TestConformance(t *testing.T) {
	for _, format := range []Format{Lines, Array, Splunk} {
		t.Run(string(format), func(t *testing.T) {
			outputtest.Run(t, func(t *testing.T) outputtest.Subject {
				s := receive(t)
				return outputtest.Subject{
					New:     func(t *testing.T) outputs.Output { return s.output(t, func(c *Config) { c.Format = format }) },
					Arrived: s.ids,
				}
			})
		})
	}
}

// TestIntents: with a receiver that heeds no keys.
func TestIntents(t *testing.T) {
	outputtest.Intents(t, func(t *testing.T) (outputtest.Subject, func() []string) {
		s := receive(t)
		s.heeds = false
		return outputtest.Subject{New: func(t *testing.T) outputs.Output { return s.output(t) }, Arrived: s.ids}, s.sentKeys
	})
}

// TestPoison: of a batch, the events that the receiver refuses are found, and only these are not delivered.
func TestPoison(t *testing.T) {
	s := receive(t)
	events := outputtest.Events(t)
	bad := map[int]bool{3: true, 4: true, 20: true, len(events) - 1: true}
	s.before = func(w nethttp.ResponseWriter, _ *nethttp.Request, body []byte) bool {
		for i := range bad {
			if bytes.Contains(body, []byte(events[i].ID.String())) {
				w.WriteHeader(nethttp.StatusBadRequest)
				return true
			}
		}
		return false
	}
	_, err := outputtest.Opened(t, s.output(t), outputs.Resume{}).Write(t.Context(), events)
	var partial *outputs.PartialError
	if !errors.As(err, &partial) || len(partial.Failures) != len(bad) || len(s.events) != len(events)-len(bad) {
		t.Fatalf("got %v, %d events", err, len(s.events))
	}
	last := -1
	for _, f := range partial.Failures {
		if fault := outputs.FaultOf(f.Err); !bad[f.Index] || f.Index <= last || !fault.Permanent || fault.Reason != refused {
			t.Errorf("event %d: %v", f.Index, f.Err)
		}
		last = f.Index
	}
}

// TestTooLarge: requests become smaller, and an event that is too large alone is trimmed.
func TestTooLarge(t *testing.T) {
	s := receive(t)
	events := outputtest.Events(t)
	largest := slices.MaxFunc(events, func(a, b event.Event) int { return a.Size() - b.Size() })
	limit := largest.Size() - 100
	s.before = func(w nethttp.ResponseWriter, _ *nethttp.Request, body []byte) bool {
		if len(body) > limit {
			w.WriteHeader(nethttp.StatusRequestEntityTooLarge)
		}
		return len(body) > limit
	}
	ack, err := outputtest.Opened(t, s.output(t), outputs.Resume{}).Write(t.Context(), events)
	if err != nil || len(s.events) != len(events) {
		t.Fatalf("%+v, %v, %d events of %d", ack, err, len(s.events), len(events))
	}
}

// TestAnswers: which are an alarm, and which are tried again; none makes a dead letter of a batch.
func TestAnswers(t *testing.T) {
	for status, want := range map[int]outputs.Fault{
		401: {Reason: "unauthorized", Blocked: true}, 403: {Reason: "unauthorized", Blocked: true}, 404: {Reason: "not_found", Blocked: true},
		302: {Reason: "unexpected_answer", Blocked: true}, 418: {Reason: "unexpected_answer", Blocked: true},
		400: {Reason: "refused", Blocked: true}, 422: {Reason: "refused", Blocked: true},
		408: {Reason: "server_error"}, 409: {Reason: "server_error"}, 429: {Reason: "rate_limited"}, 500: {Reason: "server_error"}, 503: {Reason: "server_error"},
	} {
		s := receive(t)
		s.before = func(w nethttp.ResponseWriter, _ *nethttp.Request, _ []byte) bool {
			w.Header().Set("Location", "http://elsewhere.example/")
			nethttp.Error(w, "secret-value", status)
			return true
		}
		_, err := outputtest.Opened(t, s.output(t), outputs.Resume{}).Write(t.Context(), outputtest.Events(t)[:3])
		var partial *outputs.PartialError
		if errors.As(err, &partial) {
			for _, f := range partial.Failures {
				err = f.Err
				if outputs.FaultOf(err).Permanent {
					t.Errorf("%d: event %d is a dead letter", status, f.Index)
				}
			}
			if len(partial.Failures) != 3 {
				t.Errorf("%d: %d failures", status, len(partial.Failures))
			}
		}
		f := outputs.FaultOf(err)
		if f.Reason != want.Reason || f.Blocked != want.Blocked || strings.Contains(err.Error(), "secret") {
			t.Errorf("%d: got %+v", status, f)
		}
	}
}

// TestRefusedForItsBodies: nobody keeps an event out by what stands in its body. A receiver that says 400 to what it does not like in there gets the
// rest.
func TestRefusedForItsBodies(t *testing.T) {
	s := receive(t)
	s.before = func(w nethttp.ResponseWriter, _ *nethttp.Request, body []byte) bool {
		bad := bytes.Contains(body, []byte(`"requestObject":`))
		if bad {
			w.WriteHeader(nethttp.StatusBadRequest)
		}
		return bad
	}
	events := outputtest.Events(t)
	slices.SortFunc(events, func(a, b event.Event) int { return a.Size() - b.Size() }) // the first has no body, and is taken
	if _, err := outputtest.Opened(t, s.output(t), outputs.Resume{}).Write(t.Context(), events); err != nil || len(s.events) != len(events) {
		t.Errorf("%v, %d events of %d", err, len(s.events), len(events))
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"fine":             {func(*Config) {}, ""},
		"no URL":           {func(c *Config) { c.URL = "" }, "url"},
		"a password in it": {func(c *Config) { c.URL = "https://u:p@h/" }, "url"},
		"another scheme":   {func(c *Config) { c.URL = "ftp://h/" }, "url"},
		"format":           {func(c *Config) { c.Format = "csv" }, "format"},
		"compression":      {func(c *Config) { c.Compression = "zstd" }, "compression"},
		"own header":       {func(c *Config) { c.Headers = map[string]string{"authorization": "x"} }, "headers.authorization"},
		"header's name":    {func(c *Config) { c.Headers = map[string]string{"a b": "x"} }, "headers.a b"},
		"header's value":   {func(c *Config) { c.Headers = map[string]string{"a": "x\r\ny: z"} }, "headers.a"},
		"scheme alone":     {func(c *Config) { c.TokenScheme = "Splunk" }, "token_scheme"},
		"an index":         {func(c *Config) { c.Index = "main" }, "index"},
		"Splunk's index":   {func(c *Config) { c.Index, c.Format = "main", Splunk }, ""},
	} {
		cfg := Config{URL: "https://h/x"}
		c.change(&cfg)
		got := ""
		cfg.Validate(func(path, _ string) { got += path })
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	events := outputtest.Events(b)
	size := 0
	for i := range events {
		size += events[i].Size()
	}
	for _, compression := range []string{plain, gzipped} {
		o, err := New(Config{URL: "http://h", Compression: compression}, outputs.Env{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(compression, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := o.encode(events); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

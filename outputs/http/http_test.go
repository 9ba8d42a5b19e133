package http

import (
	"bytes"
	"context"
	"encoding/json"
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

func opened(t *testing.T, o *Output, r outputs.Resume) *Output {
	t.Helper()
	if r.Save == nil {
		r.Save = func(context.Context, []byte) error { return nil }
	}
	if err := o.Open(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o
}

// TestSplunk is the envelope of the HTTP Event Collector, and its way to say who sends.
func TestSplunk(t *testing.T) {
	s := receive(t)
	o := opened(t, s.output(t, func(c *Config) {
		c.Format, c.BearerToken, c.TokenScheme, c.Headers = Splunk, "11111111-2222", "Splunk", map[string]string{"x-splunk-request-channel": "c1"}
	}), outputs.Resume{})
	events := outputtest.Events(t)[:2]
	if _, err := o.Write(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	h := s.headers[0]
	if h.Get("Authorization") != "Splunk 11111111-2222" || h.Get("X-Splunk-Request-Channel") != "c1" || h.Get("Content-Encoding") != "gzip" {
		t.Errorf("headers %v", h)
	}
	var got struct {
		Time         json.Number
		Host, Source string
		Sourcetype   string
		Event        struct{ Kind string }
	}
	at, _ := events[0].Time(event.StageTimestamp)
	if err := json.Unmarshal(s.events[0], &got); err != nil || got.Host != "cp-1" || got.Sourcetype != "kube:apiserver:audit" || got.Event.Kind != "Event" {
		t.Errorf("%s: %v", s.events[0][:200], err)
	}
	if f, _ := got.Time.Float64(); int64(f*1e6+0.5) != at.UnixMicro() {
		t.Errorf("time %s, want that of %v", got.Time, at)
	}
}

// TestCrash: with a receiver that heeds no keys, what is in doubt after a crash is counted.
func TestCrash(t *testing.T) {
	s := receive(t)
	s.heeds = false
	events := outputtest.Events(t)[:5]
	if _, err := opened(t, s.output(t), outputs.Resume{}).Write(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	ack, err := opened(t, s.output(t), outputs.Resume{Pending: 5, Replay: true}).Write(t.Context(), events)
	if err != nil || ack.Unchecked != 5 || len(s.events) != 10 {
		t.Errorf("%+v %v, %d events", ack, err, len(s.events))
	}
	if a, b := s.headers[0].Get("Idempotency-Key"), s.headers[1].Get("Idempotency-Key"); a != b || len(a) != 32 {
		t.Errorf("keys %q and %q", a, b)
	}
}

// TestIntentComesFirst: nothing is sent that is not in the state.
func TestIntentComesFirst(t *testing.T) {
	s := receive(t)
	o := opened(t, s.output(t), outputs.Resume{Save: func(context.Context, []byte) error { return errors.New("disk full") }})
	if _, err := o.Write(t.Context(), outputtest.Events(t)[:1]); err == nil || s.requests > 0 {
		t.Errorf("%v, %d requests", err, s.requests)
	}
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
	_, err := opened(t, s.output(t), outputs.Resume{}).Write(t.Context(), events)
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
	ack, err := opened(t, s.output(t), outputs.Resume{}).Write(t.Context(), events)
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
		_, err := opened(t, s.output(t), outputs.Resume{}).Write(t.Context(), outputtest.Events(t)[:3])
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

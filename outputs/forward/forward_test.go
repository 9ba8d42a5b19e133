package forward

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

func TestConformance(t *testing.T) {
	for _, compression := range []string{plain, gzipped} {
		t.Run(compression, func(t *testing.T) {
			outputtest.Run(t, func(t *testing.T) outputtest.Subject {
				s := receive(t)
				return outputtest.Subject{
					New:     func(t *testing.T) outputs.Output { return s.output(t, func(c *Config) { c.Compression = compression }) },
					Arrived: s.arrived,
				}
			})
		})
	}
}

// TestIntents: with a receiver that heeds no IDs.
func TestIntents(t *testing.T) {
	outputtest.Intents(t, func(t *testing.T) (outputtest.Subject, func() []string) {
		s := receive(t, func(s *receiver) { s.heeds = false })
		return outputtest.Subject{New: func(t *testing.T) outputs.Output { return s.output(t) }, Arrived: s.arrived}, s.sentIDs
	})
}

func TestTimeAndTag(t *testing.T) {
	s := receive(t)
	events := outputtest.Events(t)[:3]
	if _, err := outputtest.Opened(t, s.output(t), outputs.Resume{}).Write(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	for i, r := range s.records {
		if want, _ := events[i].Time(event.StageTimestamp); !r.at.Equal(want) || r.fields["kind"] != "Event" {
			t.Errorf("%v %v, want %v", r.at, r.fields["kind"], want)
		}
	}
	if s.tags[0] != defaultTag {
		t.Errorf("tag %q", s.tags[0])
	}
}

// TestChunks: a batch that is too long for one chunk goes in several, and each counts for itself.
func TestChunks(t *testing.T) {
	s := receive(t)
	o := outputtest.Opened(t, s.output(t), outputs.Resume{})
	o.most = 4
	events := outputtest.Events(t)[:10]
	s.answer = func(id string, n int) ([]byte, bool) {
		if len(s.ids) == 2 {
			return nil, true
		}
		return acknowledgement(id), true
	}
	ack, err := o.Write(t.Context(), events)
	var partial *outputs.PartialError
	if !errors.As(err, &partial) || len(partial.Failures) != 6 || partial.Failures[0].Index != 4 || ack.Unchecked != 0 {
		t.Fatalf("%+v %v", ack, err)
	}
	if f := outputs.FaultOf(partial.Failures[0].Err); f.Reason != cut || f.Permanent || f.Blocked {
		t.Errorf("%+v", f)
	}
	ack, err = o.Write(t.Context(), events[4:])
	if err != nil || ack.Unchecked != 6 || len(s.records) < len(events) {
		t.Errorf("%+v %v", ack, err)
	}
}

// TestLongChunk: the limit is one of bytes, and one event that is longer goes alone.
func TestLongChunk(t *testing.T) {
	raw := func(id string, size int) event.Event {
		line := `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"` + id + `","stage":"ResponseComplete",` +
			`"requestURI":"/","verb":"create","user":{},"requestObject":"` + strings.Repeat("x", size) + `"}`
		var e event.Event
		if err := new(event.Decoder).Decode([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		e.ID = event.Sum(e.Raw)
		e.Enrichment = []byte(`{"id":"` + e.ID.String() + `"`)
		return e
	}
	s := receive(t)
	events := []event.Event{raw("a", 3<<20), raw("b", 2<<20), raw("c", 100), raw("d", 5<<20)}
	if _, err := outputtest.Opened(t, s.output(t), outputs.Resume{}).Write(t.Context(), events); err != nil || len(s.ids) != 3 || len(s.records) != 4 {
		t.Errorf("%v, %d chunks, %d events", err, len(s.ids), len(s.records))
	}
}

// TestPoison: an event that a receiver can't take is isolated; then it is an alarm, and the others are there.
func TestPoison(t *testing.T) {
	s := receive(t)
	events := outputtest.Events(t)[:9]
	bad := events[5].ID.String()
	s.answer = func(id string, n int) ([]byte, bool) { return acknowledgement(id), true }
	o := outputtest.Opened(t, s.output(t), outputs.Resume{})
	s.answer = s.choke(o, bad)
	rest := events
	var last error
	for range 20 {
		_, last = o.Write(t.Context(), rest)
		var partial *outputs.PartialError
		if errors.As(last, &partial) {
			rest = rest[partial.Failures[0].Index:]
		}
	}
	if f := outputs.FaultOf(last); !f.Blocked || f.Permanent || f.Reason != cut || len(rest) != 4 || rest[0].ID.String() != bad {
		t.Fatalf("%+v, %d are left", f, len(rest))
	}
	if got := s.arrived(t); len(got) != 5 {
		t.Errorf("%d arrived", len(got))
	}
	s.answer = nil
	if _, err := o.Write(t.Context(), rest); err != nil || len(s.arrived(t)) != len(events) {
		t.Errorf("%v, %d arrived", err, len(s.arrived(t)))
	}
}

// choke is a receiver that closes the connection when an event is in a chunk. What a chunk holds it takes from the output.
func (s *receiver) choke(o *Output, bad string) func(string, int) ([]byte, bool) {
	return func(id string, _ int) ([]byte, bool) {
		if strings.Contains(string(o.chunk.message), bad) {
			return nil, false
		}
		return acknowledgement(id), true
	}
}

func TestIdle(t *testing.T) {
	s := receive(t)
	o := outputtest.Opened(t, s.output(t), outputs.Resume{})
	now := o.now()
	o.now = func() time.Time { return now }
	for _, want := range []int{1, 1, 2} {
		if _, err := o.Write(t.Context(), outputtest.Events(t)[:1]); err != nil || s.connections() != want {
			t.Errorf("%v, %d connections, want %d", err, s.connections(), want)
		}
		if want == 1 && len(s.sentIDs()) == 2 {
			now = now.Add(trusted)
		}
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"fine":            {func(*Config) {}, nil},
		"no address":      {func(c *Config) { c.Addresses = nil }, []string{"addresses"}},
		"a URL":           {func(c *Config) { c.Addresses = []string{"h:1", "tcp://h:1"} }, []string{"addresses[1]"}},
		"no port":         {func(c *Config) { c.Addresses = []string{"h", "h:0", ":1"} }, []string{"addresses[0]", "addresses[1]", "addresses[2]"}},
		"tag":             {func(c *Config) { c.Tag = "a b" }, []string{"tag"}},
		"compression":     {func(c *Config) { c.Compression = "zstd" }, []string{"compression"}},
		"two keys":        {func(c *Config) { c.SharedKey, c.SharedKeyFile = "a", "/b" }, []string{"shared_key_file"}},
		"a user, no key":  {func(c *Config) { c.Username, c.Password = "a", "b" }, []string{"username"}},
		"a user, half":    {func(c *Config) { c.Username, c.SharedKey = "a", "b" }, []string{"username"}},
		"two problems":    {func(c *Config) { c.Tag, c.Addresses = "\n", nil }, []string{"addresses", "tag"}},
		"key and user":    {func(c *Config) { c.SharedKeyFile, c.Username, c.PasswordFile = "/k", "u", "/p" }, nil},
		"an IPv6 address": {func(c *Config) { c.Addresses = []string{"[::1]:24224"} }, nil},
	} {
		cfg := Config{Addresses: []string{"fluentd:24224"}}
		c.change(&cfg)
		var got []string
		cfg.Validate(func(path, _ string) { got = append(got, path) })
		if !slices.Equal(got, c.want) {
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
		o, err := New(Config{Compression: compression}, outputs.Env{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(compression, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if n, err := o.encode(events); err != nil || n != len(events) {
					b.Fatal(n, err)
				}
			}
		})
	}
}

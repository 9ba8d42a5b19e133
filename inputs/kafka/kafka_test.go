package kafka

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/inputs"
	out "github.com/auditship/auditship/outputs/kafka"
)

// shipped are real events as an agent puts them into Kafka.
func shipped(t testing.TB) (records []string, messages []kafka.Message) {
	t.Helper()
	content, err := os.ReadFile("../../agent/event/testdata/real.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var decoder event.Decoder
	for line := range strings.Lines(string(content)) {
		raw := []byte(strings.TrimSuffix(line, "\n"))
		var e event.Event
		if err := decoder.Decode(raw, &e); err != nil {
			t.Fatal(err)
		}
		e.ID = event.Sum(raw)
		e.Enrichment = []byte(`{"id":"` + e.ID.String() + `","cluster":"prod","action":"exec into pod a/b: echo ',\"auditship\":{\"id\":\"'"`)
		records = append(records, string(raw))
		messages = append(messages, kafka.Message{Value: e.AppendJSON(nil), Headers: []kafka.Header{{Key: "auditship-node", Value: []byte("cp-1")}, {Key: out.IDHeader, Value: []byte(e.ID.String())}}})
	}
	return records, messages
}

// TestUnpack: what the API server wrote comes back byte for byte, and what the agent added with it.
func TestUnpack(t *testing.T) {
	records, messages := shipped(t)
	for i, m := range messages {
		got := unpack(m)
		id := event.Sum([]byte(records[i]))
		if string(got.Data) != records[i] || got.ID != id || !bytes.HasPrefix(got.Shipped, []byte(`{"id":"`+id.String()+`","cluster":"prod"`)) || !bytes.HasSuffix(got.Shipped, []byte(`'"`)) {
			t.Fatalf("event %d: %+v", i, got)
		}
	}
}

// TestForeign: what no agent made is a line like any other, whatever it looks like.
func TestForeign(t *testing.T) {
	const id = "00112233445566778899aabbccddeeff"
	own := []kafka.Header{{Key: out.IDHeader, Value: []byte(id)}}
	for name, m := range map[string]kafka.Message{
		"no header":      {Value: []byte(`{"kind":"Event","auditship":{"id":"` + id + `"}}`)},
		"no object":      {Value: []byte(`{"kind":"Event"}`), Headers: own},
		"another ID":     {Value: []byte(`{"kind":"Event","auditship":{"id":"ff112233445566778899aabbccddeeff"}}`), Headers: own},
		"a short ID":     {Value: []byte(`{"kind":"Event","auditship":{"id":"00"}}`), Headers: own},
		"cut off":        {Value: []byte(`{"kind":"Event","auditship":{"id":"` + id), Headers: own},
		"a bad header":   {Value: []byte(`{"kind":"Event","auditship":{"id":"` + id + `"}}`), Headers: []kafka.Header{{Key: out.IDHeader, Value: []byte(strings.Repeat("x", 32))}}},
		"empty":          {Headers: own},
		"only the begin": {Value: enrichment, Headers: own},
	} {
		want := string(m.Value)
		if got := unpack(m); got.Shipped != nil || string(got.Data) != want || got.ID != [16]byte{} {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestLineBreaks: a record is one line, whatever a message holds. Outputs would send what follows a line break as something of its own.
func TestLineBreaks(t *testing.T) {
	const id = "00112233445566778899aabbccddeeff"
	value := "{\"kind\":\"Event\",\r\n\"requestObject\":[\n{\"delete\":{}}\n],\"auditship\":{\"id\":\"" + id + "\",\n\"cluster\":\"prod\"}}"
	for name, headers := range map[string][]kafka.Header{"an agent's": {{Key: out.IDHeader, Value: []byte(id)}}, "another's": nil} {
		got := unpack(kafka.Message{Value: []byte(value), Headers: headers})
		if all := string(got.Data) + string(got.Shipped); strings.ContainsAny(all, "\n\r") || !strings.Contains(all, `[ {"delete":{}} ]`) {
			t.Errorf("%s: %q", name, all)
		}
	}
}

// TestNested: an object of that name within the event is the event's.
func TestNested(t *testing.T) {
	const id = "00112233445566778899aabbccddeeff"
	const line = `{"kind":"Event","requestObject":{"a":1,"auditship":{"id":"` + id + `"}}}`
	value := line[:len(line)-1] + `,"auditship":{"id":"` + id + `","cluster":"prod"}}`
	got := unpack(kafka.Message{Value: []byte(value), Headers: []kafka.Header{{Key: out.IDHeader, Value: []byte(id)}}})
	if string(got.Data) != line || string(got.Shipped) != `{"id":"`+id+`","cluster":"prod"` {
		t.Errorf("%s\n%s", got.Data, got.Shipped)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte(`{"kind":"Event","auditship":{"id":"00112233445566778899aabbccddeeff"}}`), []byte("00112233445566778899aabbccddeeff"))
	f.Fuzz(func(t *testing.T, value, id []byte) {
		got := unpack(kafka.Message{Value: bytes.Clone(value), Headers: []kafka.Header{{Key: out.IDHeader, Value: id}}})
		if bytes.ContainsAny(got.Data, "\n\r") {
			t.Errorf("%q is more than a line", got.Data)
		}
		if got.Shipped != nil && len(got.Shipped) < len(`{"id":"00112233445566778899aabbccddeeff"`) {
			t.Errorf("%q", got.Shipped)
		}
	})
}

func TestOnceIsRefused(t *testing.T) {
	if _, err := New(Config{Brokers: []string{"127.0.0.1:1"}, Topics: []string{"a"}}, nil).Open(inputs.Options{Once: true}); err == nil {
		t.Error("no error")
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"fine":       {func(*Config) {}, ""},
		"no brokers": {func(c *Config) { c.Brokers = nil }, "brokers"},
		"no topics":  {func(c *Config) { c.Topics = nil }, "topics"},
		"bad topic":  {func(c *Config) { c.Topics = []string{"a", "b/c"} }, "topics[1]"},
		"bad group":  {func(c *Config) { c.Group = "a b" }, "group"},
	} {
		cfg := Config{Brokers: []string{"k1:9092"}, Topics: []string{"a", "b"}}
		c.change(&cfg)
		got := ""
		cfg.Validate(func(path, _ string) { got += path })
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

package explain

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

const (
	head    = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"`
	rest    = `","stage":"ResponseComplete","verb":"get","requestURI":"/a?b=\u0026c","user":{"username":"jane"}`
	pretty  = "{\n  \"kind\": \"Event\",\n  \"apiVersion\": \"audit.k8s.io/v1\",\n  \"auditID\": \"p\",\n  \"stage\": \"Panic\"\n}\n"
	shipped = `{"@timestamp":"2026-11-22T00:00:00Z","auditID":"s","stage":"Panic","requestURI":"/\u0026","auditship":{"id":"5e","rule":"r","redacted":["requestURI"],"trimmed":["responseObject"]}}`
)

const ecs = `{"event":{"id":"5e"},"@timestamp":"2026-11-22T00:00:00Z","kubernetes":{"audit":{"auditID":"s","stage":"Panic","annotations":{"authorization_k8s_io/decision":"allow"}}},` +
	`"auditship":{"id":"5e","rule":"r","redacted":["requestURI"],"trimmed":["responseObject"]}}`

func record(id string) string { return head + id + rest + "}" }

// found are the audit IDs of the events in a text, and why other parts are left out.
func found(t *testing.T, text string) (got []string) {
	t.Helper()
	see := func(d Document) error {
		var e event.Event
		if err := new(event.Decoder).Decode(d.Record, &e); err != nil {
			t.Fatalf("%s: %v", d.Record, err)
		}
		if strings.ContainsAny(string(d.Record), "\n") {
			t.Errorf("%q is not one line", d.Record)
		}
		id := e.String(e.Text(event.AuditID))
		if d.Shipped != nil {
			id += fmt.Sprint(*d.Shipped)
		}
		got = append(got, id)
		return nil
	}
	if err := Documents(strings.NewReader(text), see, func(reason string) { got = append(got, "("+reason+")") }); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDocuments(t *testing.T) {
	const was = "s{5e r [requestURI] [responseObject]}"
	quoted := func(s string) string { return fmt.Sprintf("%q", s) }
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"a line":            {record("1"), []string{"1"}},
		"lines":             {record("1") + "\n\n" + record("2") + "\r\n", []string{"1", "2"}},
		"broken lines":      {"I1122 klog\n" + record("1") + "\n{\"a\n" + record("2") + "\n5\n", []string{"(not an audit event)", "1", "(invalid JSON)", "2", "(not an audit event)"}},
		"pretty":            {pretty + "\n" + pretty, []string{"p", "p"}},
		"pretty, then torn": {pretty + pretty[:40], []string{"p", "(invalid JSON behind byte 94)"}},
		"EventList":         {`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[` + record("1") + `,{"auditID":"2","stage":"Panic"}]}`, []string{"1", "2"}},
		"an array":          {"[" + record("1") + "," + record("2") + "]", []string{"1", "2"}},
		"shipped":           {shipped, []string{was}},
		"a hit":             {`{"_index":"a","_id":"b","_source":` + shipped + `}`, []string{was}},
		"hits":              {`{"took":1,"hits":{"total":{"value":2},"hits":[{"_source":` + shipped + `},{"_source":` + shipped + `}]}}`, []string{was, was}},
		"logcli":            {`{"labels":{},"line":` + quoted(shipped) + `,"timestamp":"x"}`, []string{was}},
		"a query of Loki":   {`{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["1",` + quoted(shipped) + `],["2",` + quoted(record("1")) + `,{}]]}]}}`, []string{was, "1"}},
		"a push to Loki":    {`{"streams":[{"stream":{},"values":[["1",` + quoted(record("1")) + `]]}]}`, []string{"1"}},
		"ecs":               {ecs, []string{was}},
		"a hit of ecs":      {`{"_source":` + ecs + `}`, []string{was}},
		"ecs, no event":     {`{"kubernetes":{"audit":{}},"auditship":{}}` + "\n" + `{"kubernetes":{"audit":5}}` + "\n" + `{"kubernetes":{"audit":{"auditID":"1","stage":"Panic"}}}`, []string{"(not an audit event)", "(not an audit event)", "(not an audit event)"}},
		"nothing":           {" \n\t\n", nil},
		"no event":          {`{"kind":"Pod"}`, []string{"(not an audit event)"}},
		"no stage":          {`{"auditID":"1","auditship":{}}`, []string{"(not an audit event)"}},
		"odd auditship":     {`{"auditID":"1","stage":"Panic","auditship":5}`, []string{"(reserved field)"}},
		"twice a field":     {`{"auditID":"1","stage":"Panic","stage":"Panic"}`, []string{"(duplicate field)"}},
		"deep":              {strings.Repeat("[", 50) + strings.Repeat("]", 50), []string{"(not an audit event)"}},
		"odd wrappings":     {`{"hits":5}` + "\n" + `{"values":[[1],5]}` + "\n" + `{"items":{}}`, []string{"(not an audit event)", "(not an audit event)", "(not an audit event)"}},
	} {
		if got := found(t, c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// An event keeps every byte that shipping did not add.
func TestRecordStaysAsItIs(t *testing.T) {
	content, err := os.ReadFile("../event/testdata/real.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSuffix(line, "\n")
		for _, text := range []string{line, strings.TrimSuffix(line, "}") + `,"auditship":{"id":"1"}}`, `{"_source":` + line + `}`} {
			if err := Documents(strings.NewReader(text), func(d Document) error {
				if string(d.Record) != line {
					t.Errorf("got %s, want %s", d.Record, line)
				}
				return nil
			}, func(reason string) { t.Errorf("%s: %s", reason, text) }); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestDocumentsAreBounded(t *testing.T) {
	for _, start := range []string{"x", "{\n\"a\":\""} {
		endless := io.MultiReader(strings.NewReader(start), endless{})
		f := &finder{longest: 1 << 20}
		if err := f.all(bufio.NewReader(endless)); !errors.Is(err, errTooLong) {
			t.Errorf("%q and no end: got %v", start, err)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{record("1"), pretty, shipped, `{"hits":{"hits":[{"_source":1}]}}`, `{"values":[["1","{}"]]}`, `[[["\"\""]]]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { found(t, text) })
}

// TestECS reads the events that the format ecs is tested with: what rules ask for is there again.
func TestECS(t *testing.T) {
	text, err := os.ReadFile("../ecs/testdata/golden.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	events, decided := 0, 0
	see := func(d Document) error {
		var e event.Event
		if err := new(event.Decoder).Decode(d.Record, &e); err != nil {
			t.Fatal(err)
		}
		events++
		if e.Decision.Len() > 0 {
			decided++
		}
		if d.Shipped == nil || d.Shipped.ID == "" || strings.Contains(string(d.Record), "_k8s_io/") {
			t.Errorf("%+v of %s", d.Shipped, d.Record)
		}
		return nil
	}
	if err := Documents(bytes.NewReader(text), see, func(reason string) { t.Error(reason) }); err != nil {
		t.Fatal(err)
	}
	if want := bytes.Count(text, []byte("\n")); events != want || decided == 0 {
		t.Errorf("%d of %d events, %d with a decision", events, want, decided)
	}
}

package ecs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

// document is what an index makes of a shipped event.
type document struct {
	Event struct {
		ID, Action, Outcome, Reason, Dataset string
		Category, Type                       []string
		Duration                             int64
	}
	Stream map[string]string `json:"data_stream"`
	User   struct {
		Name, Email, Domain string
		FullName            string `json:"full_name"`
		Effective           struct {
			Name, Email string
			FullName    string `json:"full_name"`
		}
	}
	Source, Client map[string]string
	URL            struct{ Path, Query string }
	Orchestrator   struct {
		APIVersion string `json:"api_version"`
		Resource   struct{ Name, Type string }
	}
	Process    struct{ Args []string }
	Related    struct{ User, IP []string }
	Tags       []string
	Kubernetes struct {
		Audit map[string]json.RawMessage
	}
	Auditship struct {
		ID, Unmapped string
		Trimmed      []string
	}
}

func read(t *testing.T, e *event.Event) (d document) {
	t.Helper()
	if err := json.Unmarshal(shape(e), &d); err != nil {
		t.Fatalf("%v: %s", err, shape(e))
	}
	return d
}

const known = `"auditID":"a","stage":"ResponseComplete"`

func with(t *testing.T, members string) document {
	t.Helper()
	return read(t, mustDecode(t, `{`+known+`,`+members+`}`))
}

func TestOutcome(t *testing.T) {
	for code, want := range map[int]string{
		0: "unknown []", 101: "success [allowed]", 200: "success [allowed]", 304: "success [allowed]", 401: "failure [denied]",
		403: "failure [denied]", 404: "failure []", 409: "failure []", 500: "failure []", -1: "unknown []",
	} {
		d := with(t, fmt.Sprintf(`"responseStatus":{"code":%d}`, code))
		if got := fmt.Sprintf("%s %v", d.Event.Outcome, d.Event.Type[1:]); got != want {
			t.Errorf("%d: %s, want %s", code, got, want)
		}
	}
}

// The values that the Elastic Common Schema allows for events of the categories that are used; those of api are allowed with
// every other.
var allowed = map[string]string{
	"api":            "access admin allowed change creation deletion denied end info start user",
	"authentication": "end info start",
	"configuration":  "access change creation deletion info",
	"iam":            "admin change creation deletion group info user",
	"network":        "access allowed connection denied end info protocol start",
	"process":        "access change end info start",
	"session":        "end info start",
}

func TestCategoriesAreAllowed(t *testing.T) {
	seen := map[string]int{}
	for _, record := range realRecords(t) {
		d := read(t, mustDecode(t, string(record)))
		for _, category := range d.Event.Category {
			if !strings.Contains(" "+allowed[category]+" ", " "+d.Event.Type[0]+" ") {
				t.Errorf("%s: type %s of category %s", d.Event.Action, d.Event.Type[0], category)
			}
			seen[category]++
		}
		if d.Event.Category[0] != "api" || d.Event.Dataset != Dataset {
			t.Errorf("%+v", d.Event)
		}
	}
	if len(seen) != len(allowed) {
		t.Errorf("the real records are of %v only", seen)
	}
}

func TestDataStream(t *testing.T) {
	e := mustDecode(t, `{`+known+`}`)
	for name, want := range map[string]string{
		"": "", "audit": "", "a-b": "", "--": "", "logs-kubernetes.audit_logs-prod": "logs kubernetes.audit_logs prod", "logs-a-b-c": "logs a b-c",
	} {
		New(name).Shape(e, nil)
		var d document
		if err := json.Unmarshal(e.AppendJSON(nil), &d); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(d.Stream["type"] + " " + d.Stream["dataset"] + " " + d.Stream["namespace"]); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ addresses, source, related string }{
		{`["10.0.0.1"]`, "10.0.0.1", "[10.0.0.1]"},
		{`["1.2.3.4","x","10.0.0.1"]`, "10.0.0.1", "[10.0.0.1 1.2.3.4]"},
		{`["1.2.3.4","x"]`, "", "[1.2.3.4]"},
		{`["fe80::1%eth0"]`, "", "[]"},
		{`["fd00::1","01.2.3.4"]`, "", "[fd00::1]"},
		{`["::ffff:1.2.3.4"]`, "::ffff:1.2.3.4", "[::ffff:1.2.3.4]"},
		{`["10.0.0.\u0031"]`, "", "[]"},
		{`[]`, "", "[]"},
	} {
		d := with(t, `"sourceIPs":`+c.addresses)
		if d.Source["ip"] != c.source || d.Client["ip"] != c.source || fmt.Sprint(d.Related.IP) != c.related {
			t.Errorf("%s: source %v, client %v, related %v", c.addresses, d.Source, d.Client, d.Related.IP)
		}
	}
	if d := with(t, `"sourceIPs":[`+strings.Repeat(`"1.1.1.1",`, 999)+`"10.0.0.1"]`); len(d.Related.IP) > manyAddresses || d.Source["ip"] != "10.0.0.1" {
		t.Errorf("%d addresses, the last %v", len(d.Related.IP), d.Source)
	}
}

// TestPerson: a person is the user, or whom a gateway vouches for.
func TestPerson(t *testing.T) {
	record := `{` + known + `,"user":{"username":"gateway"},"impersonatedUser":{"username":"jane"}}`
	e := mustDecode(t, record)
	e.Enrichment = []byte(`{"id":"x","actor":{"kind":"human","name":"jane","person":"Jane \"J\" Doe","email":"jane@example.org","via":"rancher","shared":true}`)
	d := read(t, e)
	if d.User.Name != "gateway" || d.User.FullName != "" || d.User.Effective.FullName != `Jane "J" Doe` || d.User.Effective.Email != "jane@example.org" ||
		fmt.Sprint(d.Related.User) != `[gateway jane Jane "J" Doe jane@example.org]` || fmt.Sprint(d.Tags) != "[shared-credential]" {
		t.Errorf("via a gateway: %+v %v %v", d.User, d.Related.User, d.Tags)
	}
	e = mustDecode(t, record)
	e.Enrichment = []byte(`{"id":"x","actor":{"kind":"human","person":"Jane"}`)
	if d = read(t, e); d.User.FullName != "Jane" || d.User.Effective.FullName != "" || d.User.Effective.Name != "jane" {
		t.Errorf("by itself: %+v", d.User)
	}
}

// TestIdentify: events get their IDs when they have their shape already.
func TestIdentify(t *testing.T) {
	e := mustDecode(t, string(realRecords(t)[13]))
	id := e.ID
	want := bytes.Clone(shape(e))
	e.ID = event.ID{}
	New(stream).Shape(e, nil)
	e.ID = id
	Identify(e)
	if got := e.AppendJSON(nil); !bytes.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLongTexts(t *testing.T) {
	long := strings.Repeat("x", longest+1)
	d := with(t, `"requestURI":"/`+long+`?a=b","user":{"username":"`+long+`","groups":["`+long+`"]}`)
	if d.URL.Path != "" || d.URL.Query != "a=b" || d.User.Name != "" || len(d.Related.User) > 0 {
		t.Errorf("copies were made: %+v", d.URL)
	}
	if got := len(d.Kubernetes.Audit["user"]); got < 2*longest {
		t.Errorf("kubernetes.audit.user has %d bytes", got)
	}
}

func TestShapeDoesNotAllocate(t *testing.T) {
	events := allEvents(t)
	s, dst := New(stream), []byte(nil)
	all := func() {
		for i := range events {
			e := events[i]
			dst = s.Shape(&e, dst[:0])
		}
	}
	all()
	if allocs := testing.AllocsPerRun(10, all); allocs > 0 {
		t.Errorf("%v allocations for %d events", allocs, len(events))
	}
}

// BenchmarkShape tells how fast events get their shape and are appended in it, beside the API server's own form; bytes are
// those of the log.
func BenchmarkShape(b *testing.B) {
	events, size := allEvents(b), 0
	for i := range events {
		size += len(events[i].Raw)
	}
	for _, ecs := range []bool{false, true} {
		b.Run(fmt.Sprintf("ecs=%v", ecs), func(b *testing.B) {
			s, dst, out := New(stream), []byte(nil), []byte(nil)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for i := range events {
					e := events[i]
					if ecs {
						dst = s.Shape(&e, dst[:0])
					}
					out = e.AppendJSON(out[:0])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
		})
	}
}

package enrich

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/eventtest"
	"github.com/auditship/auditship/agent/session"
)

func decode(t testing.TB, record string) *event.Event {
	t.Helper()
	var e event.Event
	if err := new(event.Decoder).Decode([]byte(record), &e); err != nil {
		t.Fatalf("decode %s: %v", record, err)
	}
	e.ID = event.Sum(e.Raw)
	return &e
}

func realEvents(t testing.TB) (events []*event.Event, size int) {
	t.Helper()
	data, err := os.ReadFile("../event/testdata/real.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		events = append(events, decode(t, string(bytes.TrimRight(line, "\n"))))
	}
	return events, len(data)
}

// TestGolden shows the object of one real event for each caller and program.
func TestGolden(t *testing.T) {
	const golden = "testdata/real.golden"
	n := New(Config{Cluster: "prod-eu", Node: "cp-1"})
	events, _ := realEvents(t)
	var out bytes.Buffer
	seen := map[string]bool{}
	for i, e := range events {
		line := n.Enrich(e, nil)
		who := fmt.Sprintf("user %q", e.String(e.User.Username))
		if e.Has(event.ImpersonatedUser) {
			who += fmt.Sprintf(" as %q", e.String(e.Impersonated.Username))
		}
		who += fmt.Sprintf(", agent %.60q", e.String(e.Text(event.UserAgent)))
		if !seen[who] {
			seen[who] = true
			fmt.Fprintf(&out, "line %d: %s\n%s}\n\n", i+1, who, line)
		}
	}
	eventtest.Golden(t, golden, out.Bytes())
}

const (
	head = `{"auditID":"1","stage":"ResponseComplete",`
	none = `"actor":{"kind":"unauthenticated","evidence":"none"}`
)

// TestMembers looks at what follows the ID, without cluster and node; TestWho looks at the actor.
func TestMembers(t *testing.T) {
	tests := []struct{ event, rule, want string }{
		// The program.
		{`"userAgent":"kubectl/v1.36.3 (linux/amd64) kubernetes/0000000"`, "", none + `,"client":"kubectl","client_version":"v1.36.3"`},
		{`"userAgent":"kube-controller-manager/v1.36.3 (linux/amd64) kubernetes/0000000/system:serviceaccount:kube-system:generic-garbage-collector"`, "",
			none + `,"client":"kube-controller-manager","client_version":"v1.36.3"`},
		{`"userAgent":"Go-http-client/2.0"`, "", none + `,"client":"Go-http-client","client_version":"2.0"`},
		{`"userAgent":"Mozilla/5.0 (X11; Linux x86_64)"`, "", none + `,"client":"Mozilla","client_version":"5.0"`},
		{`"userAgent":"terraform"`, "", none + `,"client":"terraform"`},
		{`"userAgent":"My App 2"`, "", none + `,"client":"My"`},
		{`"userAgent":"a\u002fb"`, "", none + `,"client":"a"`},
		{`"userAgent":"a\/b"`, "", none + `,"client":"a"`},
		{`"userAgent":"\"a\\\u003cb\u0020c"`, "", none + `,"client":"\"a\\\u003cb"`},
		{`"userAgent":"/bin/sh"`, "", none},
		{`"userAgent":""`, "", none},

		// How long it took.
		{`"requestReceivedTimestamp":"2026-11-22T11:51:39.912451Z","stageTimestamp":"2026-11-22T11:51:39.924796Z"`, "", none + `,"latency_ms":12.345`},
		{`"requestReceivedTimestamp":"2026-11-22T11:51:39.999999Z","stageTimestamp":"2026-11-22T11:51:40.000000Z"`, "", none + `,"latency_ms":0.001`},
		{`"requestReceivedTimestamp":"2026-11-22T11:51:39Z","stageTimestamp":"2026-11-22T11:51:39Z"`, "", none + `,"latency_ms":0.000`},
		{`"requestReceivedTimestamp":"2026-11-22T11:51:39Z","stageTimestamp":"2026-11-22T12:51:39.05Z"`, "", none + `,"latency_ms":3600050.000`},
		{`"requestReceivedTimestamp":"2026-11-22T11:51:40Z","stageTimestamp":"2026-11-22T11:51:39Z"`, "", none},
		{`"stageTimestamp":"2026-11-22T11:51:39Z"`, "", none},
		{`"requestReceivedTimestamp":"yesterday","stageTimestamp":"2026-11-22T11:51:39Z"`, "", none},

		{`"sourceIPs":["1.2.3.4","::1"]`, "", none + `,"source_ip":"::1"`},
		{`"sourceIPs":[]`, "", none},
		{`"verb":"get"`, "policy[3]", none + `,"rule":"policy[3]"`},
		{`"verb":"get"`, "keep \"x\"\n\xff", none + `,"rule":"keep \"x\"\n\ufffd"`},
	}
	for _, tt := range tests {
		e := decode(t, head+tt.event+`}`)
		e.Rule = tt.rule
		got, _ := strings.CutPrefix(string(New(Config{}).Enrich(e, nil)), `{"id":"`+e.ID.String()+`",`)
		if got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.event, got, tt.want)
		}
	}
}

// TestPlace: cluster and node come from the configuration and may be anything.
func TestPlace(t *testing.T) {
	for _, tt := range []struct{ cluster, node, want string }{
		{"prod-eu", "cp-1", `,"cluster":"prod-eu","node":"cp-1","actor":`},
		{"", "cp-1", `,"node":"cp-1","actor":`},
		{"a\"b\\\x01", "ü\x7f", `,"cluster":"a\"b\\\u0001","node":"ü` + "\x7f" + `","actor":`},
	} {
		e := decode(t, head+`"verb":"get"}`)
		got := string(New(Config{Cluster: tt.cluster, Node: tt.node}).Enrich(e, nil))
		if !strings.HasPrefix(got, `{"id":"`+e.ID.String()+`"`+tt.want) {
			t.Errorf("%q, %q: %s", tt.cluster, tt.node, got)
		}
	}
}

// TestAppends: what dst holds stays, Enrichment is what was appended, and nothing appended later can change it.
func TestAppends(t *testing.T) {
	n := New(Config{Cluster: "c", Node: "n"})
	e, again := decode(t, head+`"user":{"username":"system:node:x"},"userAgent":"kubelet/1"}`), decode(t, head+`"verb":"get"}`)
	dst := n.Enrich(e, append(make([]byte, 0, 4096), "before"...))
	if string(dst) != "before"+string(e.Enrichment) || e.Actor.Kind != event.Node || e.String(e.Actor.Name) != "x" || e.String(e.Client) != "kubelet" {
		t.Fatalf("%s, %s, %+v", dst, e.Enrichment, e.Actor)
	}
	first := string(e.Enrichment)
	_ = append(e.Enrichment, `,"trimmed":[]`...)
	n.Enrich(again, dst)
	if string(e.Enrichment) != first || !bytes.Equal(n.Enrich(e, nil), e.Enrichment) {
		t.Error("the first object changed")
	}
}

// TestShipped: with the object in it the record is the same JSON as before and one member more.
func TestShipped(t *testing.T) {
	n := New(Config{Cluster: "c", Node: "n"})
	events, _ := realEvents(t)
	for _, e := range events {
		e.Rule = "r"
		n.Enrich(e, nil)
		var before, after map[string]any
		if err := json.Unmarshal(e.Raw, &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(e.AppendJSON(nil), &after); err != nil {
			t.Fatal(err)
		}
		added, _ := after["auditship"].(map[string]any)
		delete(after, "auditship")
		if !reflect.DeepEqual(before, after) || added["id"] != e.ID.String() || added["rule"] != "r" {
			t.Errorf("%s: added %v", e.ID, added)
		}
	}
}

func TestEnrichDoesNotAllocate(t *testing.T) {
	events, _ := realEvents(t)
	n, dst := New(Config{Cluster: "c", Node: "n"}), make([]byte, 0, 4096)
	if allocs := testing.AllocsPerRun(10, func() {
		for _, e := range events {
			n.Enrich(e, dst)
		}
	}); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// BenchmarkEnrich enriches real events; MB/s is of their records.
func BenchmarkEnrich(b *testing.B) {
	events, size := realEvents(b)
	n, dst := New(Config{Cluster: "prod-eu", Node: "cp-1"}), make([]byte, 0, 4096)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range events {
			n.Enrich(e, dst)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
}

// BenchmarkEnrichUsual is BenchmarkEnrich without sessions, of which there are few in the log of a cluster.
func BenchmarkEnrichUsual(b *testing.B) {
	all, _ := realEvents(b)
	var events []*event.Event
	for _, e := range all {
		if new(session.Reader).Read(e) == nil {
			events = append(events, e)
		}
	}
	n, dst := New(Config{Cluster: "prod-eu", Node: "cp-1"}), make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range events {
			n.Enrich(e, dst)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
}

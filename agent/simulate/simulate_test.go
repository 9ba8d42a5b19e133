package simulate

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/eventtest"
	"github.com/auditship/auditship/agent/redact"
	"github.com/auditship/auditship/agent/rules"
)

var lie = false

// policy has a rule of every fate.
var policy = rules.List{Name: "policy", NoMatch: rules.RequestResponse, Rules: []rules.Rule{
	{Name: "probes", Level: "None", NonResourceURLs: []string{"/healthz*", "/livez*", "/readyz*"}},
	{Name: "refused, too", Level: "None", Protect: &lie, ResponseCodes: []string{"403"}, Verbs: []string{"list"}},
	{Name: "nodes and leases", Level: "None", Resources: []rules.GroupResources{{Group: "coordination.k8s.io"}, {Resources: []string{"nodes"}}}},
	{Name: "leases again", Level: "Metadata", Resources: []rules.GroupResources{{Group: "coordination.k8s.io"}}},
	{Name: "never", Level: "None", Users: []string{"nobody-is-called-so"}},
	{Name: "sessions begin", Level: "RequestResponse", OmitStages: []string{"RequestReceived"}, Resources: []rules.GroupResources{{Resources: []string{"pods/exec"}}}},
	{Name: "all of jane", Level: "None", Users: []string{"jane*"}},
	{Name: "no bodies of people", Level: "Metadata", Actors: []string{"human"}},
	{Name: "writes", Level: "Request", Verbs: []string{"create", "update", "patch", "delete"}},
}}

func compile(t testing.TB, lists ...rules.List) *rules.Rules {
	t.Helper()
	r, err := rules.Compile(lists...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// output goes through all stages, as redaction is configured.
func output(t testing.TB, r *rules.Rules, cfg redact.Config) Output {
	t.Helper()
	redactor, err := redact.New(cfg, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	shy, err := redact.New(redact.Config{}, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return Output{Names: []string{"archive"}, Rules: r, Redactor: redactor, Shy: shy, Enricher: enrich.New(enrich.Config{Cluster: "prod", Node: "cp-1"})}
}

func realLines(t testing.TB) (lines [][]byte, size int) {
	t.Helper()
	data, err := os.ReadFile("../event/testdata/real.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		lines = append(lines, bytes.Clone(s.Bytes()))
		size += len(s.Bytes()) + 1
	}
	return lines, size
}

func report(t *testing.T, o Output, limits Limits, lines ...[]byte) *Report {
	t.Helper()
	s := New([]Output{o}, limits)
	for _, line := range lines {
		s.Add(line)
	}
	return s.Report()
}

func written(t *testing.T, r *Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	lines, size := realLines(t)
	o := output(t, compile(t, policy).Protected(), redact.Config{})
	today := policy
	today.Rules = append([]rules.Rule{{Name: "old", Level: "Metadata", Verbs: []string{"patch"}}, {Name: "lists", Level: "None", Verbs: []string{"list"}}}, policy.Rules[:7]...)
	o.Against = compile(t, today).Protected()
	r := report(t, o, Limits{Examples: 2, Top: 4}, append(lines, []byte("I1122 klog"), []byte(`{"a":1}`), []byte(`{"kind":"Event","auditship":{}}`))...)
	out := r.Outputs[0]
	if r.In.Bytes != uint64(size) || out.Filtered.Events+out.Kept.Events != r.In.Events || out.Filtered.Bytes+out.Kept.Bytes+out.Stripped != uint64(size) {
		t.Errorf("%d lines of %d bytes became %+v, filtered %+v, kept %+v, stripped %d", len(lines), size, r.In, out.Filtered, out.Kept, out.Stripped)
	}
	eventtest.Golden(t, "testdata/report.txt", []byte(written(t, r)))
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	eventtest.Golden(t, "testdata/report.json", append(data, '\n'))
}

// What is counted by rule is what the rules decide.
func TestDecisions(t *testing.T) {
	lines, _ := realLines(t)
	r := compile(t, policy).Protected()
	decided, filtered := map[string]uint64{}, uint64(0)
	var decoder event.Decoder
	for _, line := range lines {
		var e event.Event
		if err := decoder.Decode(line, &e); err != nil {
			t.Fatal(err)
		}
		d := r.Decide(&e)
		decided[d.Rule]++
		if d.Level == rules.None {
			filtered++
		}
	}
	got := report(t, output(t, r, redact.Config{}), Limits{}, lines...).Outputs[0]
	if got.Filtered.Events != filtered {
		t.Errorf("filtered %d, want %d", got.Filtered.Events, filtered)
	}
	for _, rule := range got.Rules {
		if rule.Decided.Events != decided[rule.Rule] {
			t.Errorf("%q decided %d, want %d", rule.Rule, rule.Decided.Events, decided[rule.Rule])
		}
		if len(rule.Examples) > 0 {
			t.Errorf("%q has examples that nobody wants", rule.Rule)
		}
	}
}

const exec = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","stage":"ResponseComplete","verb":"get",` +
	`"requestURI":"/api/v1/namespaces/prod/pods/web/exec?command=mysql&command=--password%3Dhunter2&token=hunter3","user":{"username":"\u001b[31mjane\u202e"},` +
	`"objectRef":{"resource":"pods","namespace":"prod","name":"web","subresource":"exec"},"responseStatus":{"code":101},"stageTimestamp":"2026-11-22T11:50:28.753123Z"}`

// Whether redaction is on or off and whether the event is dropped or kept, no example shows a secret, and nothing reaches a
// terminal that it would obey.
func TestNothingDangerousIsShown(t *testing.T) {
	drop := rules.List{Name: "policy", NoMatch: rules.RequestResponse, Rules: []rules.Rule{{Level: "None", Verbs: []string{"get"}}}}
	for _, r := range []*rules.Rules{compile(t), compile(t, drop), compile(t, drop).Protected()} {
		o := output(t, r, redact.Config{Off: true})
		o.Against = compile(t)
		said := report(t, o, Limits{Examples: 3, Top: 3}, []byte(exec))
		data, err := json.Marshal(said)
		if err != nil {
			t.Fatal(err)
		}
		text := written(t, said)
		if strings.Contains(text+string(data), "hunter") || !strings.Contains(text, "mysql") {
			t.Errorf("got %s\n%s", text, data)
		}
		if strings.ContainsAny(text, "\x1b\u202e") || !strings.Contains(text, `\x1b[31mjane\u202e`) {
			t.Errorf("got %q", text)
		}
	}
}

// An estimate needs a time to be made of, and logs without any event are told.
func TestWithoutTime(t *testing.T) {
	o := output(t, compile(t), redact.Config{})
	if r := report(t, o, Limits{}, []byte(exec)); r.PerDay != 0 || r.Seconds != 0 || strings.Contains(written(t, r), "a day") {
		t.Errorf("got %+v\n%s", r, written(t, r))
	}
	r := report(t, o, Limits{}, []byte("x"), []byte("{}"))
	if text := written(t, r); !strings.Contains(text, "at no known time\n2 lines are no audit events") {
		t.Errorf("got %s", text)
	}
}

func TestAddDoesNotAllocate(t *testing.T) {
	lines, _ := realLines(t)
	s := New([]Output{output(t, compile(t, policy).Protected(), redact.Config{})}, Limits{Examples: 2})
	run := func() {
		for _, line := range lines {
			s.Add(line)
		}
	}
	run()
	if n := testing.AllocsPerRun(10, run); n > 0 {
		t.Errorf("%v allocations for %d lines", n, len(lines))
	}
}

func BenchmarkAdd(b *testing.B) {
	lines, size := realLines(b)
	s := New([]Output{output(b, compile(b, policy).Protected(), redact.Config{})}, Limits{Examples: 2})
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, line := range lines {
			s.Add(line)
		}
	}
}

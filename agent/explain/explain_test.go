package explain

import (
	"os"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/eventtest"
	"github.com/auditship/auditship/agent/redact"
	"github.com/auditship/auditship/agent/rules"
	"github.com/auditship/auditship/agent/simulate"
)

func output(t testing.TB, cfg redact.Config, protected bool, lists ...rules.List) simulate.Output {
	t.Helper()
	r, err := rules.Compile(lists...)
	if err != nil {
		t.Fatal(err)
	}
	if protected {
		r = r.Protected()
	}
	redactor, err := redact.New(cfg, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	shy, err := redact.New(redact.Config{}, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return simulate.Output{Names: []string{"archive"}, Rules: r, Redactor: redactor, Shy: shy, Enricher: enrich.New(enrich.Config{})}
}

var lists = []rules.List{
	{Name: "policy", NoMatch: rules.RequestResponse, Rules: []rules.Rule{
		{Name: "bodies", Level: "Metadata", Users: []string{"jane*"}, Verbs: []string{"create"}},
		{Name: "reads", Level: "None", Verbs: []string{"get", "list"}, Resources: []rules.GroupResources{{Resources: []string{"pods/*", "nodes"}}}},
		{Name: "all of jane", Level: "Request", Users: []string{"jane*"}},
		{Name: "the rest of jane", Level: "Metadata", Users: []string{"jane*"}, UserAgents: []string{"curl/*"}},
	}},
	{Name: "policy_file", NoMatch: rules.None, Upstream: true, OmitStages: []string{"Panic"}, Rules: []rules.Rule{{Level: "RequestResponse"}}},
}

func event1(members string) string {
	return `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"1",` + members +
		`,"stageTimestamp":"2026-11-22T11:50:28.753123Z"}`
}

var events = map[string]string{
	"created": event1(`"stage":"ResponseComplete","verb":"create","requestURI":"/api/v1/namespaces/prod/secrets","user":{"username":"jane"},` +
		`"objectRef":{"resource":"secrets","namespace":"prod","name":"s"},"responseStatus":{"code":201},` +
		`"requestObject":{"kind":"Secret","data":{"password":"aHVudGVyMg=="}},"responseObject":{"kind":"Secret","data":{"password":"aHVudGVyMg=="}}`),
	"exec": event1(`"stage":"ResponseStarted","verb":"get","requestURI":"/api/v1/namespaces/prod/pods/web/exec?command=mysql&command=--password%3Dhunter2",` +
		`"user":{"username":"\u001b[1mjane\u202e"},"objectRef":{"resource":"pods","namespace":"prod","name":"web","subresource":"exec"},"responseStatus":{"code":101}`),
	"node":  event1(`"stage":"ResponseComplete","verb":"list","requestURI":"/api/v1/nodes","user":{"username":"bob"},"objectRef":{"resource":"nodes"},"responseStatus":{"code":200}`),
	"panic": event1(`"stage":"Panic","verb":"get","requestURI":"/healthz","user":{},"responseStatus":{"code":500}`),
}

func explained(t *testing.T, record string, all bool, o simulate.Output) string {
	t.Helper()
	x, err := Event([]byte(record), []simulate.Output{o})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	d := Document{Record: []byte(record)}
	if all {
		d.Shipped = &Shipped{Rule: "old", Trimmed: []string{"requestObject"}}
	}
	if err := WriteText(&b, d, x, all); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	var got strings.Builder
	for _, c := range []struct {
		event string
		all   bool
		o     simulate.Output
	}{
		{"created", false, output(t, redact.Config{}, true, lists...)},
		{"created", true, output(t, redact.Config{Off: true}, true, lists...)},
		{"exec", false, output(t, redact.Config{}, true, lists...)},
		{"exec", false, output(t, redact.Config{}, false, lists...)},
		{"node", true, output(t, redact.Config{}, true, lists...)},
		{"panic", false, output(t, redact.Config{}, true, lists...)},
		{"panic", false, output(t, redact.Config{}, true)},
	} {
		got.WriteString(explained(t, events[c.event], c.all, c.o) + "\n")
	}
	if strings.Contains(got.String(), "hunter") || strings.Contains(got.String(), "aHVudGVy") || strings.ContainsAny(got.String(), "\x1b\u202e") {
		t.Error("a secret is shown, or what a terminal obeys")
	}
	const name = "testdata/explained.txt"
	eventtest.Golden(t, name, []byte(got.String()))
}

// What is told is what a pipeline decides and ships, for every real line.
func TestExplainedIsWhatIsShipped(t *testing.T) {
	content, err := os.ReadFile("../event/testdata/real.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	o := output(t, redact.Config{}, true, lists[0])
	var decoder event.Decoder
	for line := range strings.Lines(string(content)) {
		record := []byte(strings.TrimSuffix(line, "\n"))
		x, err := Event(record, []simulate.Output{o})
		if err != nil {
			t.Fatal(err)
		}
		s := simulate.New([]simulate.Output{o}, simulate.Limits{})
		s.Add(record)
		report := s.Report().Outputs[0]
		var e event.Event
		if err := decoder.Decode(record, &e); err != nil {
			t.Fatal(err)
		}
		if want := o.Rules.Decide(&e); x[0].Decision != want || (want.Level == rules.None) != (report.Kept.Events == 0) {
			t.Errorf("explained %+v, decided %+v: %s", x[0].Decision, want, record)
		}
		if report.Kept.Events == 1 && report.Shipped != uint64(x[0].Shipped)+1 {
			t.Errorf("explained %d bytes, shipped %d: %s", x[0].Shipped, report.Shipped, record)
		}
	}
}

func TestNoEvent(t *testing.T) {
	if _, err := Event([]byte(`{}`), nil); err == nil {
		t.Error("an empty object passes for an event")
	}
}

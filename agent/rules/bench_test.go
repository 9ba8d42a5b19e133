package rules

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

// realEvents are the lines that agent/event has as test data.
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

// manyRules are n rules of the kinds that people write, of which hardly one matches: the dearest case.
func manyRules(n int) List {
	l := List{Name: "policy", NoMatch: RequestResponse}
	for i := range n {
		id := fmt.Sprint("x", i)
		r := Rule{Level: "None"}
		switch i % 7 {
		case 0:
			r.Users, r.Verbs = []string{"system:serviceaccount:" + id + ":controller"}, []string{"get", "list", "watch"}
		case 1:
			r.UserGroups, r.Resources = []string{"team-" + id}, []GroupResources{{Group: "apps", Resources: []string{"deployments/status", "*/scale"}}}
		case 2:
			r.Namespaces, r.Resources = []string{id}, core("pods", "pods/*", "configmaps")
		case 3:
			r.NonResourceURLs = []string{"/" + id + "/*", "/healthz"}
			r.Users = []string{id}
		case 4:
			r.Resources = []GroupResources{{Resources: []string{"configmaps", "pods"}, ResourceNames: []string{id}}}
		case 5:
			r.UserAgents = []string{id + "/*"}
		case 6:
			r.ResponseCodes, r.Verbs, r.Users = []string{"5xx"}, []string{"watch"}, []string{id}
		}
		l.Rules = append(l.Rules, r)
	}
	return l
}

// extended are n rules of which every tenth has keys of ours: a network, wildcards, a dry run; one has a condition that is asked
// about every fifth event.
func extended(n int) List {
	l := manyRules(n)
	for i := range l.Rules {
		switch i % 40 {
		case 10:
			l.Rules[i] = Rule{Level: "None", SourceCIDRs: []string{fmt.Sprintf("10.%d.0.0/16", i%256), "2001:db8::/32"}, Verbs: []string{"get"}}
		case 20:
			l.Rules[i].Users, l.Rules[i].Namespaces = []string{fmt.Sprintf("ci-%d-*", i)}, nil
		case 30:
			l.Rules[i] = Rule{Level: "None", DryRun: new(true), Actors: []string{"human"}, Namespaces: []string{fmt.Sprintf("*-%d", i)}}
		}
	}
	for i := range 5 { // each is a group, so that a look at every one of them would show
		l.Rules[n/3+i*7] = Rule{Level: "None", Resources: []GroupResources{{Group: fmt.Sprintf("*.ops-%d.example.org", i), Resources: []string{"*/status"}}, {Resources: []string{fmt.Sprintf("*-%d", i)}}}}
	}
	l.Rules[n/2] = Rule{Level: "None", Verbs: []string{"patch", "create", "delete"}, When: `client == "kubectl" && actor == "serviceaccount"`}
	return l
}

// BenchmarkRules judges real events; MB/s is of their records.
func BenchmarkRules(b *testing.B) {
	for _, n := range []int{1, 20, 200, 1000} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) { benchmark(b, mustCompile(b, manyRules(n)).Protected()) })
	}
	b.Run("rules=200,extended", func(b *testing.B) { benchmark(b, mustCompile(b, extended(200)).Protected()) })
	b.Run("all dropped but for protection", func(b *testing.B) { benchmark(b, mustCompile(b, dropAll).Protected()) })
}

func benchmark(b *testing.B, r *Rules) {
	events, size := realEvents(b)
	j := NewJudge(r)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range events {
			j.Decide(e)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
}

func TestDecideDoesNotAllocate(t *testing.T) {
	events, _ := realEvents(t)
	every := extended(200)
	every.Rules[100].When = "" // conditions allocate
	r := NewJudge(mustCompile(t, manyRules(200), every, dropAll).Protected())
	g := decode(t, record(`"stage":"\u0050anic","requestURI":"/a%2fb","verb":"g\u0065t","user":{"username":"j\u0061ne","groups":["d\u0065v"]},"userAgent":"x\u0031"`)) // escapes everywhere
	events = append(events, g)
	if n := testing.AllocsPerRun(10, func() {
		for _, e := range events {
			r.Decide(e)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

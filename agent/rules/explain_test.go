package rules

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

const (
	exec = `"stage":"ResponseStarted","verb":"get","requestURI":"/api/v1/namespaces/prod/pods/web/exec?command=sh","user":{"username":"jane","groups":["dev","ops"]},` +
		`"sourceIPs":["1.1.1.1","10.1.2.3"],"userAgent":"kubectl/v1.36","objectRef":{"resource":"pods","namespace":"prod","name":"web","subresource":"exec"},"responseStatus":{"code":101}`
	probe   = `"stage":"RequestReceived","verb":"get","requestURI":"/livez%3f?verbose","user":{}`
	dry     = `"stage":"ResponseComplete","verb":"create","requestURI":"/apis/apps/v1/x?dryRun=All","user":{"username":"a\u202eb"},"objectRef":{"apiGroup":"apps","resource":"x","namespace":"claimed","name":"n"}`
	yes, no = true, false
)

// Every key of a rule, satisfied and not.
func TestExplainKeys(t *testing.T) {
	truth, lie := true, false
	for _, c := range []struct {
		event string
		rule  Rule
		holds bool
		want  string
	}{
		{exec, Rule{Users: []string{"bob", "ja*"}}, yes, `users: [bob, ja*] has "jane"`},
		{exec, Rule{Users: []string{"bob"}}, no, `users: [bob] does not have "jane"`},
		{probe, Rule{Users: []string{"*"}}, no, `users: [*] does not have what the event has: no user`},
		{dry, Rule{Users: []string{"b"}}, no, `users: [b] does not have "a\u202eb"`},
		{exec, Rule{UserGroups: []string{"ops"}}, yes, `userGroups: [ops] has one of ["dev", "ops"]`},
		{exec, Rule{UserGroups: []string{"admins"}}, no, `userGroups: [admins] does not have one of ["dev", "ops"]`},
		{probe, Rule{UserGroups: []string{"admins"}}, no, `userGroups: [admins] does not have what the event has: no groups`},
		{exec, Rule{Verbs: []string{"get", "list"}}, yes, `verbs: [get, list] has "get"`},
		{exec, Rule{Verbs: []string{"create"}}, no, `verbs: [create] does not have "get"`},
		{exec, Rule{Resources: []GroupResources{{Resources: []string{"pods/*"}, ResourceNames: []string{"web", "db"}}}}, yes,
			`resources: [pods/* named web|db] has "pods"/"exec" of the core group named "web"`},
		{exec, Rule{Resources: []GroupResources{{Resources: []string{"pods"}}, {Group: "apps"}}}, no,
			`resources: [pods, all.apps] does not have "pods"/"exec" of the core group named "web"`},
		{dry, Rule{Resources: []GroupResources{{Group: "apps", Resources: []string{"x"}, ResourceNames: []string{"n"}}}}, no,
			`resources: [x.apps named n] does not have "x" of "apps"`}, // a create has no name
		{probe, Rule{Resources: []GroupResources{{Group: "*"}}}, no, `resources: [all.*] does not have what the request is for: no resource, but "/livez?"`},
		{exec, Rule{Namespaces: []string{"prod"}}, yes, `namespaces: [prod] has "prod"`},
		{exec, Rule{Namespaces: []string{""}}, no, `namespaces: [""] does not have "prod"`},
		{dry, Rule{Namespaces: []string{"claimed"}}, no, `namespaces: [claimed] does not have "": the path has no namespace, and "claimed" is what the body claims`},
		{probe, Rule{Namespaces: []string{"*"}}, no, `namespaces: [*] does not have what the request is for: no resource`},
		{probe, Rule{NonResourceURLs: []string{"/livez*"}}, yes, `nonResourceURLs: [/livez*] has "/livez?"`},
		{probe, Rule{NonResourceURLs: []string{"/livez"}}, no, `nonResourceURLs: [/livez] does not have "/livez?"`},
		{exec, Rule{NonResourceURLs: []string{"*"}}, no, `nonResourceURLs: [*] does not have what the request is for: a resource`},
		{exec, Rule{UserAgents: []string{"kubectl/*"}}, yes, `userAgents: [kubectl/*] has "kubectl/v1.36"`},
		{exec, Rule{UserAgents: []string{"curl/*"}}, no, `userAgents: [curl/*] does not have "kubectl/v1.36"`},
		{exec, Rule{ResponseCodes: []string{"100-199"}}, yes, `responseCodes: [100-199] has 101`},
		{exec, Rule{ResponseCodes: []string{"4xx"}}, no, `responseCodes: [4xx] does not have 101`},
		{probe, Rule{ResponseCodes: []string{"4xx"}}, no, `responseCodes: [4xx] does not have what the event has: no code`},
		{exec, Rule{SourceCIDRs: []string{"10.0.0.0/8"}}, yes, `sourceCIDRs: [10.0.0.0/8] has "10.1.2.3"`},
		{exec, Rule{SourceCIDRs: []string{"1.1.1.1"}}, no, `sourceCIDRs: [1.1.1.1] does not have "10.1.2.3"`},
		{probe, Rule{SourceCIDRs: []string{"::/0"}}, no, `sourceCIDRs: [::/0] does not have what the event has: no address`},
		{exec, Rule{Actors: []string{"human"}}, yes, `actors: [human] has human`},
		{probe, Rule{Actors: []string{"human", "node"}}, no, `actors: [human, node] does not have unauthenticated`},
		{dry, Rule{DryRun: &truth}, yes, `dryRun: true, and the request is a dry run`},
		{dry, Rule{DryRun: &lie}, no, `dryRun: false, and the request is a dry run`},
		{exec, Rule{DryRun: &truth}, no, `dryRun: true, and the request is no dry run`},
		{exec, Rule{When: `name == "web"`}, yes, `when: name == "web" holds`},
		{exec, Rule{When: `object.spec.x == 1`, Protect: new(true)}, yes, `when: object.spec.x == 1 can't be answered, and the rule protects`},
		{exec, Rule{When: `object.spec.x == 1`}, no, `when: object.spec.x == 1 does not hold`},
		{exec, Rule{Users: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "jane"}}, yes,
			`users: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, and 1 more] has "jane"`},
	} {
		c.rule.Level = "Metadata"
		x := mustCompile(t, List{Name: "policy", Rules: []Rule{c.rule}, NoMatch: RequestResponse}).Explain(decode(t, record(c.event)))
		rule := x.Lists[0].Rules[0]
		if len(rule.Keys) != 1 || rule.Keys[0].Key+": "+rule.Keys[0].Text != c.want || rule.Matches != c.holds || rule.Keys[0].Holds != c.holds {
			t.Errorf("got %+v, want %t: %s", rule, c.holds, c.want)
		}
	}
}

// What is explained, and traced, is what is decided.
func TestExplainTellsWhatIsDecided(t *testing.T) {
	for seed := range uint64(150) {
		explainRandom(t, seed)
	}
}

func FuzzExplain(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(explainRandom)
}

func explainRandom(t *testing.T, seed uint64) {
	t.Helper()
	g := generator{rand.New(rand.NewPCG(seed, 2))}
	lists := []List{g.list(0), g.list(1)}
	r := mustCompile(t, lists...)
	if g.IntN(2) == 0 {
		r = r.Protected()
	}
	all := r.All()
	var trace Trace
	for range 5 {
		e := decode(t, g.event())
		x := r.Explain(e)
		r.Trace(e, &trace)
		if want := r.Decide(e); x.Decision != want || trace.Decision != want || trace.By >= 0 && all[trace.By].Name != want.Rule || trace.By < 0 && want.Rule != "" {
			t.Fatalf("seed %d: decided %+v, explained %+v, traced %+v\nevent %s", seed, want, x.Decision, trace, e.Raw)
		}
		checkLists(t, seed, lists, x, trace, all, e)
	}
}

// checkLists compares what is said of each rule and each list with the reference.
func checkLists(t *testing.T, seed uint64, lists []List, x Explanation, trace Trace, all []Info, e *event.Event) {
	t.Helper()
	q := parse(t, e.Raw)
	dropper := ""
	for i := range lists {
		var matched []int
		for j := range lists[i].Rules {
			if matchesIn(&lists[i], &lists[i].Rules[j], q) {
				matched = append(matched, j)
			}
			if said := x.Lists[i].Rules[j]; said.Matches != slices.Contains(matched, j) {
				t.Fatalf("seed %d: explained %+v of rule %d of list %d\nevent %s", seed, said, j, i, e.Raw)
			}
		}
		var traced []int
		for _, id := range trace.Matched {
			if all[id].List == lists[i].Name {
				traced = append(traced, all[id].Index)
			}
		}
		d, _ := decideOne(&lists[i], q)
		if d.Level == None && dropper == "" {
			dropper = d.Rule
		}
		if id := trace.First[i]; !slices.Equal(traced, matched) || x.Lists[i].Level != d.Level || id >= 0 && all[id].Name != d.Rule {
			t.Fatalf("seed %d: list %d: traced %v, want %v; explained %+v, want %+v\nevent %s", seed, i, traced, matched, x.Lists[i], d, e.Raw)
		}
	}
	if trace.Dropper >= 0 && all[trace.Dropper].Name != dropper || trace.Dropper < 0 && dropper != "" {
		t.Fatalf("seed %d: dropped by %d, want %q\nevent %s", seed, trace.Dropper, dropper, e.Raw)
	}
}

// Where an omitted stage is what drops the event, that is told.
func TestExplainOmittedStage(t *testing.T) {
	e := decode(t, record(exec))
	stage := e.String(e.Text(event.Stage))
	l := List{Name: "policy", Rules: []Rule{{Name: "sessions", Level: "Request", OmitStages: []string{stage}}}, NoMatch: RequestResponse}
	x := mustCompile(t, l).Protected().Explain(e)
	if got := x.Lists[0]; got.Omits != stage || got.Level != None || got.Decides != 0 {
		t.Errorf("got %+v", got)
	}
	if built := x.Lists[1]; !built.Built || built.Level != RequestResponse || x.Rule != "protect: sessions" {
		t.Errorf("got %+v and %+v", built, x.Decision)
	}
}

func TestTraceDoesNotAllocate(t *testing.T) {
	r, _ := loadNoise(t)
	events := []*event.Event{decode(t, record(exec)), decode(t, record(probe))}
	var trace Trace
	if n := testing.AllocsPerRun(100, func() {
		for _, e := range events {
			r.Trace(e, &trace)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

package rules

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// request is an event as encoding/json sees it.
type request struct {
	Stage, Verb, RequestURI, UserAgent string
	User                               struct {
		Username string
		Groups   []string
	}
	ObjectRef *struct {
		Resource, Namespace, Name, APIGroup, Subresource string
	}
	ResponseStatus struct{ Code int }
}

// path is what the API server compared: http.Request.URL.Path.
func (r *request) path() string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if decoded, err := url.PathUnescape(path); err == nil {
		return decoded
	}
	return path
}

// matches tells whether the rule matches, written down as plainly as can be: what the compiled form is compared with.
func matches(r *Rule, q *request) bool {
	anyOf := func(wanted []string, ok func(string) bool) bool {
		return len(wanted) == 0 || slices.ContainsFunc(wanted, ok)
	}
	is := func(value string) func(string) bool { return func(s string) bool { return s == value } }
	return anyOf(r.Users, func(u string) bool { return u != "" && u == q.User.Username }) &&
		anyOf(r.UserGroups, func(g string) bool { return slices.Contains(q.User.Groups, g) }) &&
		anyOf(r.Verbs, is(q.Verb)) &&
		anyOf(r.UserAgents, func(p string) bool { return wild(p, q.UserAgent) }) &&
		anyOf(r.ResponseCodes, func(c string) bool {
			first, last, _ := parseCodes(c)
			return q.ResponseStatus.Code >= first && q.ResponseStatus.Code <= last
		}) &&
		matchesTarget(r, q)
}

func wild(pattern, value string) bool {
	if rest, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(value, rest)
	}
	if rest, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(value, rest)
	}
	return pattern == value
}

func matchesTarget(r *Rule, q *request) bool {
	switch {
	case len(r.Namespaces) > 0 || len(r.Resources) > 0:
		return q.ObjectRef != nil && (len(r.Namespaces) == 0 || slices.Contains(r.Namespaces, q.namespace())) &&
			(len(r.Resources) == 0 || slices.ContainsFunc(r.Resources, func(g GroupResources) bool { return matchesGroup(&g, q) }))
	case len(r.NonResourceURLs) > 0:
		return q.ObjectRef == nil && slices.ContainsFunc(r.NonResourceURLs, func(u string) bool {
			rest, prefix := strings.CutSuffix(u, "*")
			return u == q.path() || prefix && strings.HasPrefix(q.path(), rest)
		})
	}
	return true
}

func (r *request) namespace() string {
	ns := r.ObjectRef.Namespace
	if (r.Verb == "create" || r.Verb == "update") && !strings.Contains(r.path()+"/", "/namespaces/"+ns+"/") {
		return ""
	}
	return ns
}

func matchesGroup(g *GroupResources, q *request) bool {
	o := q.ObjectRef
	name, full := o.Name, o.Resource
	if o.Subresource != "" {
		full += "/" + o.Subresource
	} else if q.Verb == "create" {
		name = ""
	}
	if g.Group != o.APIGroup && g.Group != "*" || len(g.ResourceNames) > 0 && !slices.Contains(g.ResourceNames, name) {
		return false
	}
	return len(g.Resources) == 0 || slices.ContainsFunc(g.Resources, func(spec string) bool {
		return spec == "*" || spec == full || spec == o.Resource+"/*" || o.Subresource != "" && spec == "*/"+o.Subresource
	})
}

// decideOne is the reference for a list.
func decideOne(l *List, q *request) Decision {
	for i := range l.Rules {
		r := &l.Rules[i]
		if !matches(r, q) {
			continue
		}
		level, _ := ParseLevel(r.Level)
		if slices.Contains(append(r.OmitStages, l.OmitStages...), q.Stage) {
			level = None
		}
		return Decision{level, ruleName(l, i)}
	}
	d := Decision{Level: l.NoMatch}
	if l.NoMatch < RequestResponse {
		d.Rule = l.Name + "[no match]"
	}
	return d
}

// generator makes rules and events of few words, so that they meet.
type generator struct{ *rand.Rand }

func (g generator) pick(words ...string) string { return words[g.IntN(len(words))] }

func (g generator) some(words ...string) []string {
	var picked []string
	for range max(0, g.IntN(5)-1) {
		picked = append(picked, g.pick(words...))
	}
	return picked
}

var (
	users      = []string{"jane", "Zoë \"M\"", "system:node:n", "a\tb", "", "*"}
	userGroups = []string{"dev", "ops", "системы", "system:nodes"}
	groups     = []string{"", "apps", "batch"}
	kinds      = []string{"pods", "nodes", "*", "x"}
	subs       = []string{"", "", "log", "status", "*"}
	namespaces = []string{"", "prod", "p\u00e9", "dev"}
	names      = []string{"", "a", "b\\c"}
	paths      = []string{"/healthz", "/readyz/etcd", "/a b/ü", "/", "/api/v1/namespaces/prod/pods", "/apis/apps/v1/x", "/api/v1/namespaces/dev"}
	agents     = []string{"kubectl/v1 <x>", "curl/8", "", "x\u2028y"}
)

func (g generator) rule() Rule {
	r := Rule{Level: g.pick(levels[:]...), Users: g.some(users...), UserGroups: g.some(userGroups...), Verbs: g.some("get", "create", "update", "LIST"),
		OmitStages: g.some(stageNames[:]...), UserAgents: g.some("kubectl/*", "*8", "*", "curl/8", "", "x\u2028y", "*y"),
		ResponseCodes: g.some("200", "4xx", "403-599", "500")}
	switch g.IntN(3) {
	case 0:
		r.NonResourceURLs = g.some("/healthz", "/readyz*", "*", "/a b/*", "/a b/ü", "/h*", "/*")
	case 1:
		r.Namespaces = g.some(namespaces...)
		for range g.IntN(3) {
			r.Resources = append(r.Resources, g.resources())
		}
	}
	return r
}

func (g generator) resources() GroupResources {
	w := GroupResources{Group: g.pick(append(groups, "*")...),
		Resources: g.some("pods", "pods/log", "pods/*", "*/status", "*", "nodes", "x/status", "*/*", "x/", "/log", "no*")}
	if len(w.Resources) > 0 {
		w.ResourceNames = g.some(names...)
	}
	return w
}

// text writes a JSON string, with more escapes than needed.
func (g generator) text(s string) string {
	var b strings.Builder
	for _, r := range s {
		quoted := strconv.QuoteToASCII(string(r))
		switch {
		case r < 0x80 && (g.IntN(12) == 0 || r < ' ' || r == '"' || r == '\\'):
			b.WriteString(`\u00` + strconv.FormatInt(int64(r)+0x100, 16)[1:])
		case r >= 0x80 && r < 0x10000 && g.IntN(2) == 0:
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

func (g generator) event() string {
	path := g.pick(paths...)
	if g.IntN(2) == 0 {
		path = (&url.URL{Path: path}).EscapedPath()
	}
	members := `"stage":` + g.text(g.pick(stageNames[:]...)) + `,"requestURI":` + g.text(path+g.pick("", "?x=/namespaces/dev/", "?%2")) +
		`,"verb":` + g.text(g.pick("get", "create", "update")) + `,"user":{"username":` + g.text(g.pick(users...)) + `,"groups":[`
	for i, group := range g.some(userGroups...) {
		members += strings.Repeat(",", min(i, 1)) + g.text(group)
	}
	members += `]}`
	if g.IntN(4) > 0 {
		members += `,"userAgent":` + g.text(g.pick(agents...))
	}
	if g.IntN(3) > 0 {
		members += `,"objectRef":{"resource":` + g.text(g.pick(kinds...)) + `,"namespace":` + g.text(g.pick(namespaces...)) + `,"name":` + g.text(g.pick(names...)) +
			`,"apiGroup":` + g.text(g.pick(groups...)) + `,"subresource":` + g.text(g.pick(subs...)) + `}`
	}
	if g.IntN(3) > 0 {
		members += `,"responseStatus":{"code":` + g.pick("200", "403", "404", "500", "0", "99999") + `}`
	}
	return record(members)
}

// compare judges random events by random rules both ways.
func compare(t *testing.T, seed uint64) {
	t.Helper()
	g := generator{rand.New(rand.NewPCG(seed, 1))}
	l := List{Name: "policy", NoMatch: Level(g.IntN(4)), Upstream: true}
	for range g.IntN(9) {
		l.Rules = append(l.Rules, g.rule())
	}
	if g.IntN(32) == 0 {
		for range blockRules {
			l.Rules = append(l.Rules, g.rule())
		}
	}
	r := mustCompile(t, l)
	for range 20 {
		e := decode(t, g.event())
		if got, want := r.Decide(e), decideOne(&l, parse(t, e.Raw)); got != want {
			t.Fatalf("seed %d: %+v, want %+v\nevent %s", seed, got, want, e.Raw)
		}
	}
}

func TestAgainstReference(t *testing.T) {
	for seed := range uint64(400) {
		compare(t, seed)
	}
}

func FuzzAgainstReference(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(compare)
}

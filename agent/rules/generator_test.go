package rules

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

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
	subs       = []string{"", "", "log", "status", "*", "exec"}
	namespaces = []string{"", "prod", "p\u00e9", "dev"}
	names      = []string{"", "a", "b\\c"}
	paths      = []string{"/healthz", "/readyz/etcd", "/a b/ü", "/", "/api/v1/namespaces/prod/pods", "/apis/apps/v1/x", "/api/v1/namespaces/dev", "/api/v1/namespaces/prod/pods/a/", "/apis/apps/v1/nodes/a"}
	agents     = []string{"kubectl/v1 <x>", "curl/8", "", "x\u2028y"}
)

// list is a kind: Policy or a list of ours, sometimes of more rules than a block has.
func (g generator) list(n int) List {
	l := List{Name: "policy" + strconv.Itoa(n), NoMatch: Level(g.IntN(4)), Upstream: g.IntN(2) == 0, OmitManagedFields: g.IntN(8) == 0}
	if g.IntN(8) == 0 {
		l.OmitStages = g.some(stageNames[:]...)
	}
	long := 0
	if g.IntN(64) == 0 {
		long = blockRules
	}
	for range long + g.IntN(9) {
		r := g.rule()
		if !l.Upstream {
			g.extend(&r)
		}
		l.Rules = append(l.Rules, r)
	}
	return l
}

// extend adds what only our own lists have, and takes away what they refuse.
func (g generator) extend(r *Rule) {
	wild := []string{"ja*", "*n", "*", "dev", "jane", "*d", "pr*", "p\u00e9*", "сис*", "*e"}
	g.replace(r.Users, wild...)
	g.replace(r.UserGroups, wild...)
	g.replace(r.Namespaces, wild...)
	for i := range r.Resources {
		r.Resources[i].Group = g.pick(append(groups, "*", "a*", "*h", "b*")...)
		g.replace(r.Resources[i].Resources, "pods", "po*", "*s/log", "*/st*", "pods/*g", "*", "pods/*", "*/status", "*/l*")
		g.replace(r.Resources[i].ResourceNames, "a", "*", "b*", "*c")
	}
	r.Verbs = slices.DeleteFunc(r.Verbs, func(v string) bool { return v == "LIST" })
	r.SourceCIDRs = g.some("10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "::/0", "0.0.0.0/0")
	r.Actors = g.some("human", "node", "unauthenticated")
	if g.IntN(3) == 0 {
		r.DryRun = new(g.IntN(2) == 0)
	}
	if g.IntN(3) == 0 {
		r.Protect = new(r.Level != "None")
	}
}

func (g generator) replace(values []string, by ...string) {
	for i := range values {
		values[i] = g.pick(by...)
	}
}

func (g generator) rule() Rule {
	r := Rule{Level: g.pick(levels[:]...), Users: g.some(users...), UserGroups: g.some(userGroups...), Verbs: g.some("get", "create", "update", "delete", "LIST"),
		OmitStages: g.some(stageNames[:]...), UserAgents: g.some("kubectl/*", "*8", "*", "curl/8", "", "x\u2028y", "*y"),
		ResponseCodes: g.some("200", "4xx", "403-599", "500")}
	if g.IntN(4) == 0 {
		r.OmitManagedFields = new(g.IntN(2) == 0)
	}
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
	members := `"stage":` + g.text(g.pick(stageNames[:]...)) + `,"requestURI":` + g.text(path+g.pick("", "?x=/namespaces/dev/", "?%2", "?a&dryRun=All", "?dryRun=x", "?dry%52un=%41ll")) +
		`,"verb":` + g.text(g.pick("get", "create", "update", "delete")) + `,"user":{"username":` + g.text(g.pick(users...)) + `,"groups":[`
	for i, group := range g.some(userGroups...) {
		members += strings.Repeat(",", min(i, 1)) + g.text(group)
	}
	members += `]}`
	if g.IntN(4) > 0 {
		members += `,"userAgent":` + g.text(g.pick(agents...))
	}
	if g.IntN(3) > 0 {
		members += `,"objectRef":{"resource":` + g.text(g.pick(kinds...)) + `,"namespace":` + g.text(g.pick(namespaces...)) + `,"name":` + g.text(g.pick(names...)) +
			`,"apiGroup":` + g.text(g.pick(groups...)) + `,"apiVersion":"v1","subresource":` + g.text(g.pick(subs...)) + `}`
	}
	if g.IntN(4) > 0 {
		members += `,"sourceIPs":["10.1.2.3",` + g.text(g.pick("10.1.2.3", "10.200.0.1", "192.0.2.1", "::ffff:10.0.0.9", "2001:db8::1", "fe80::1", "x")) + `]`
	}
	if g.IntN(4) == 0 {
		members += `,"requestObject":{"dryRun":[` + g.pick("", `"All"`) + `]}`
	}
	if g.IntN(3) > 0 {
		members += `,"responseStatus":{"code":` + g.pick("200", "403", "401", "404", "500", "0", "99999") + `}`
	}
	return strings.Replace(record(members), "Metadata", "Request", 1) // the level at which bodies are recorded
}

package rules

import (
	"encoding/json"
	"math/rand/v2"
	"net"
	"net/url"
	"path"
	"slices"
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
		Resource, Namespace, Name, APIGroup, APIVersion, Subresource string
	}
	ResponseStatus struct{ Code int }
	SourceIPs      []string
	RequestObject  json.RawMessage
}

// dry tells whether nothing was changed; all events here are of a level with bodies.
func (r *request) dry() bool {
	_, query, _ := strings.Cut(r.RequestURI, "?")
	values, _ := url.ParseQuery(query)
	asked := values["dryRun"]
	switch {
	case r.ObjectRef == nil || r.ObjectRef.Subresource == "exec" || r.Verb == "get":
		return false
	case r.Verb == "delete" && r.RequestObject != nil:
		var options struct{ DryRun []string }
		json.Unmarshal(r.RequestObject, &options)
		asked = options.DryRun
	case r.Verb == "delete" && r.Stage == "RequestReceived":
		return false
	}
	known := slices.Contains([]string{"", "apps", "batch"}, r.ObjectRef.APIGroup) // that there are here
	return slices.Contains(asked, "All") && (known || r.RequestObject != nil)
}

// from tells whether the request came from the network.
func (r *request) from(network string) bool {
	if len(r.SourceIPs) == 0 {
		return false
	}
	ip := net.ParseIP(r.SourceIPs[len(r.SourceIPs)-1])
	if _, n, err := net.ParseCIDR(network); err == nil {
		return ip != nil && n.Contains(ip)
	}
	return ip != nil && ip.Equal(net.ParseIP(network))
}

func (r *request) actor() string {
	name := r.User.Username
	switch {
	case name == "":
		return "unauthenticated"
	case strings.HasPrefix(name, "system:node:"):
		return "node"
	}
	return "human"
}

// path is what the API server compared: http.Request.URL.Path.
func (r *request) path() string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if decoded, err := url.PathUnescape(path); err == nil {
		return decoded
	}
	return path
}

// matches tells whether the rule of a kind: Policy matches.
func matches(r *Rule, q *request) bool { return matchesIn(&List{Upstream: true}, r, q) }

// matchesIn tells whether the rule of a list matches, written down as plainly as can be: what the compiled form is compared with.
func matchesIn(l *List, r *Rule, q *request) bool {
	anyOf := func(wanted []string, ok func(string) bool) bool {
		return len(wanted) == 0 || slices.ContainsFunc(wanted, ok)
	}
	is := func(value string) func(string) bool { return func(s string) bool { return s == value } }
	return anyOf(r.Users, func(u string) bool { return q.User.Username != "" && l.is(u, q.User.Username) }) &&
		anyOf(r.UserGroups, func(g string) bool {
			return slices.ContainsFunc(q.User.Groups, func(is string) bool { return l.is(g, is) })
		}) &&
		anyOf(r.SourceCIDRs, q.from) &&
		anyOf(r.Actors, is(q.actor())) &&
		(r.DryRun == nil || *r.DryRun == q.dry()) &&
		anyOf(r.Verbs, is(q.Verb)) &&
		anyOf(r.UserAgents, func(p string) bool { return wild(p, q.UserAgent) }) &&
		anyOf(r.ResponseCodes, func(c string) bool {
			first, last, _ := parseCodes(c)
			return q.ResponseStatus.Code >= first && q.ResponseStatus.Code <= last
		}) &&
		matchesTarget(l, r, q) && (!r.enters || q.enters())
}

func (r *request) enters() bool {
	_, behind, _ := strings.Cut(r.path(), "/"+r.ObjectRef.Resource+"/"+r.ObjectRef.Name+"/proxy/")
	return slices.Contains([]string{"run", "exec", "attach", "portForward", "cri"}, strings.Split(path.Clean("/"+behind), "/")[1])
}

// is compares with a pattern, or in a kind: Policy with a name.
func (l *List) is(pattern, value string) bool {
	return pattern == value || !l.Upstream && wild(pattern, value)
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

func matchesTarget(l *List, r *Rule, q *request) bool {
	switch {
	case len(r.Namespaces) > 0 || len(r.Resources) > 0:
		return q.ObjectRef != nil && (len(r.Namespaces) == 0 || slices.ContainsFunc(r.Namespaces, func(ns string) bool { return l.is(ns, q.namespace()) })) &&
			(len(r.Resources) == 0 || slices.ContainsFunc(r.Resources, func(g GroupResources) bool { return matchesGroup(l, &g, q) }))
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

func matchesGroup(l *List, g *GroupResources, q *request) bool {
	o := q.ObjectRef
	name, full := o.Name, o.Resource
	if o.Subresource != "" {
		full += "/" + o.Subresource
	} else if path := strings.TrimRight(q.path(), "/"); q.Verb == "create" && !strings.HasSuffix(path, "/namespaces/"+o.Namespace+"/"+o.Resource+"/"+o.Name) &&
		!strings.HasSuffix(path, "/"+o.APIVersion+"/"+o.Resource+"/"+o.Name) {
		name = ""
	}
	if !l.is(g.Group, o.APIGroup) && g.Group != "*" || len(g.ResourceNames) > 0 && !slices.ContainsFunc(g.ResourceNames, func(n string) bool { return l.is(n, name) }) {
		return false
	}
	return len(g.Resources) == 0 || slices.ContainsFunc(g.Resources, func(spec string) bool {
		if resource, below, split := strings.Cut(spec, "/"); !l.Upstream && l.is(resource, o.Resource) && (below == "*" || split == (o.Subresource != "") && l.is(below, o.Subresource)) {
			return true
		}
		return spec == "*" || spec == full || spec == o.Resource+"/*" || o.Subresource != "" && spec == "*/"+o.Subresource
	})
}

// decideOne is the reference for a list.
func decideOne(l *List, q *request) (Decision, *Rule) {
	for i := range l.Rules {
		r := &l.Rules[i]
		if !matchesIn(l, r, q) {
			continue
		}
		level, _ := ParseLevel(r.Level)
		if slices.Contains(append(r.OmitStages, l.OmitStages...), q.Stage) {
			level = None
		}
		d := Decision{Level: level, Rule: ruleName(l, i), OmitManagedFields: l.OmitManagedFields}
		if r.OmitManagedFields != nil {
			d.OmitManagedFields = *r.OmitManagedFields
		}
		return d, r
	}
	d := Decision{Level: l.NoMatch, OmitManagedFields: l.OmitManagedFields}
	if slices.Contains(l.OmitStages, q.Stage) {
		d.Level = None
	}
	if l.NoMatch < RequestResponse || len(l.OmitStages) > 0 {
		d.Rule = l.Name + "[no match]"
	}
	return d, &Rule{}
}

// decideAll is the reference for several lists, and the built-in one.
func decideAll(lists []List, q *request) Decision {
	least, kept, exempt := Decision{Level: RequestResponse}, RequestResponse, false
	var guard *Decision
	for i := range lists {
		d, r := decideOne(&lists[i], q)
		if d.Level < least.Level || d.Level == least.Level && least.Rule == "" {
			least.Level, least.Rule = d.Level, d.Rule
		}
		least.OmitManagedFields = least.OmitManagedFields || d.OmitManagedFields
		if d.Level == None {
			exempt = exempt || r.Protect != nil && !*r.Protect
			continue
		}
		kept = min(kept, d.Level)
		if guard == nil && r.Protect != nil && *r.Protect {
			guard = &d
		}
	}
	if builtin := Protection(); guard == nil && !exempt {
		if d, _ := decideOne(&builtin, q); d.Level != None {
			guard = &d
		}
	}
	if least.Level != None {
		return least
	}
	least.OmitManagedFields = least.OmitManagedFields && guard != nil // of nothing there is nothing to omit
	if guard != nil {
		return Decision{min(kept, guard.Level), guard.Rule, least.OmitManagedFields || guard.OmitManagedFields}
	}
	return least
}

// compare judges random events by random rules both ways.
func compare(t *testing.T, seed uint64) {
	t.Helper()
	g := generator{rand.New(rand.NewPCG(seed, 1))}
	var lists []List
	for range g.IntN(3) + 1 {
		lists = append(lists, g.list(len(lists)))
	}
	r := mustCompile(t, lists...).Protected()
	for range 20 {
		e := decode(t, g.event())
		if got, want := r.Decide(e), decideAll(lists, parse(t, e.Raw)); got != want {
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

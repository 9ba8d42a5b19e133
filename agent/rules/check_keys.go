package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

func (c *checker) checkRule(r *Rule) {
	if r.Level == "" {
		c.fail("level", "is missing: give None, Metadata, Request or RequestResponse")
	} else if _, err := ParseLevel(r.Level); err != nil {
		c.fail("level", "%v", err)
	}
	if len(r.NonResourceURLs) > 0 && (len(r.Resources) > 0 || len(r.Namespaces) > 0) {
		c.fail("nonResourceURLs", "a request has either a path of its own or a resource: put nonResourceURLs into a rule apart from resources and namespaces")
	}
	c.checkStages(r.OmitStages)
	c.checkResources(r.Resources)
	c.checkURLs(r.NonResourceURLs)
	c.checkVerbs(r.Verbs)
	c.checkPatterns("users", r.Users)
	c.checkPatterns("userGroups", r.UserGroups)
	c.checkPatterns("namespaces", r.Namespaces)
	c.checkExtensions(r)
}

func (c *checker) checkStages(names []string) {
	for i, name := range names {
		if stageOf(name) == 0 {
			c.fail(fmt.Sprintf("omitStages[%d]", i), `%q is no stage: use %s`, name, strings.Join(stageNames[:], ", "))
		}
	}
}

// groupName is a DNS subdomain (RFC 1123), as the names of API groups are.
var groupName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

func (c *checker) checkResources(wanted []GroupResources) {
	for i, w := range wanted {
		at := fmt.Sprintf("resources[%d].", i)
		if !c.goodGroup(w.Group) {
			c.fail(at+"group", `%q is no API group: give its name without a version, such as apps, or "" for the core group`, w.Group)
		}
		if len(w.ResourceNames) > 0 && len(w.Resources) == 0 {
			c.fail(at+"resourceNames", "need resources beside them: name at least one")
		}
		for j, spec := range w.Resources {
			if !c.goodResource(spec) {
				c.neverMatches(fmt.Sprintf("%sresources[%d]", at, j), `%q never matches: use pods, pods/log, pods/*, */scale or *`, spec)
			}
		}
		c.checkPatterns(at+"resourceNames", w.ResourceNames)
	}
}

// goodGroup: in our own lists a "*" may begin or end a name.
func (c *checker) goodGroup(name string) bool {
	if !c.list.Upstream && oneWildcard(name) {
		name = strings.Trim(strings.Trim(name, "*"), ".")
	}
	return name == "" || name == "*" || groupName.MatchString(name) && len(name) <= 253
}

func (c *checker) goodResource(spec string) bool {
	name, below, split := strings.Cut(spec, "/")
	switch {
	case spec == "*":
		return true
	case name == "" || split && (below == "" || strings.Contains(below, "/")), name == "*" && below == "*":
		return false
	case !c.list.Upstream:
		return oneWildcard(name) && oneWildcard(below)
	}
	return (name == "*" || !hasWildcard(name)) && (below == "*" || !hasWildcard(below))
}

// oneWildcard tells whether there is at most one "*", at the beginning or the end.
func oneWildcard(pattern string) bool {
	middle := strings.TrimSuffix(pattern, "*")
	if middle == pattern {
		middle = strings.TrimPrefix(pattern, "*")
	}
	return !hasWildcard(middle)
}

func (c *checker) checkURLs(urls []string) {
	for i, url := range urls {
		key := fmt.Sprintf("nonResourceURLs[%d]", i)
		if url != "*" && !strings.HasPrefix(url, "/") {
			c.fail(key, `%q is no path: begin it with "/", or use "*" for all`, url)
		}
		if strings.Contains(strings.TrimSuffix(url, "*"), "*") {
			c.fail(key, `%q: a "*" may only stand at the end`, url)
		}
		if strings.Contains(url, "?") {
			c.neverMatches(key, "%q never matches: paths are compared without the query", url)
		}
	}
}

// verbs are those that appear in audit events: of resource requests, and HTTP methods in lower case of the others.
var verbs = []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "proxy",
	"post", "put", "head", "options", "connect", "trace"}

func (c *checker) checkVerbs(wanted []string) {
	for i, verb := range wanted {
		key := fmt.Sprintf("verbs[%d]", i)
		switch {
		case verb == "*":
			c.neverMatches(key, `"*" is taken literally and never matches: leave verbs out to match all`)
		case !slices.Contains(verbs, verb):
			c.neverMatches(key, "%q is no verb of an audit event: use %s", verb, strings.Join(verbs, ", "))
		}
	}
}

// checkPatterns finds wildcards where there are none: inside, and in a kind: Policy everywhere.
func (c *checker) checkPatterns(key string, values []string) {
	for i, v := range values {
		at := fmt.Sprintf("%s[%d]", key, i)
		switch {
		case c.list.Upstream && hasWildcard(v):
			c.neverMatches(at, `%q never matches: there are no wildcards here in a kind: Policy; leave the key out to match all`, v)
		case !oneWildcard(v):
			c.fail(at, `%q: one "*" may stand at the beginning or at the end`, v)
		}
	}
}

package lint

import (
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/rules"
)

const (
	authentication = "authentication.k8s.io"
	authorization  = "rbac.authorization.k8s.io"
	admission      = "admissionregistration.k8s.io"
	certificates   = "certificates.k8s.io"
)

var (
	changing = []string{"create", "update", "patch", "delete", "deletecollection"}
	reading  = []string{"get", "list"} // a watch has no bodies in the log
)

// secret is a resource whose bodies hold credentials, from a level on.
type secret struct {
	policy.Target
	from     rules.Level
	severity Severity
}

// secrets say where credentials are: in a request at Request and above, in a response at RequestResponse.
var secrets = []secret{
	{policy.Target{Resource: "secrets", Namespaced: true, Verbs: []string{"create", "update", "patch"}}, rules.Request, Error},
	{policy.Target{Resource: "secrets", Namespaced: true, Verbs: []string{"get", "list", "delete", "deletecollection"}}, rules.RequestResponse, Error},
	{policy.Target{Resource: "serviceaccounts", Subresource: "token", Namespaced: true, Verbs: []string{"create"}}, rules.RequestResponse, Error},
	{policy.Target{Resource: "serviceaccounts", Subresource: "token", Namespaced: true, Verbs: []string{"create"}}, rules.Request, Warning},
	{policy.Target{Group: authentication, Resource: "tokenreviews", Verbs: []string{"create"}}, rules.Request, Error},
	{policy.Target{Resource: "configmaps", Namespaced: true, Verbs: []string{"create", "update", "patch"}}, rules.Request, Warning},
	{policy.Target{Resource: "configmaps", Namespaced: true, Verbs: append(reading, "deletecollection")}, rules.RequestResponse, Warning},
}

// checkCredentials finds rules that write credentials into the log.
func (l *linter) checkCredentials() {
	for i := range l.List.Rules {
		told := map[Severity][]string{}
		for _, s := range secrets {
			name := s.Target.String()
			if level := l.level(i); level >= s.from && !slices.Contains(told[Error], name) && !slices.Contains(told[s.severity], name) {
				if _, does := l.decides(i, s.Target); does {
					told[s.severity] = append(told[s.severity], name)
				}
			}
		}
		for _, severity := range []Severity{Error, Warning} {
			if names := told[severity]; len(names) > 0 {
				f := l.add("credentials", at(i, "level"), "bodies of %s are logged at %s", strings.Join(names, ", "), l.List.Rules[i].Level)
				f.Severity = severity
			}
		}
	}
}

// level is that of a rule of a policy that works.
func (l *linter) level(rule int) rules.Level {
	level, _ := rules.ParseLevel(l.List.Rules[rule].Level)
	return level
}

// powers are what changes who may do what; their bodies matter.
var powers = []policy.Target{
	{Group: authorization, Resource: "roles", Namespaced: true, Verbs: changing}, {Group: authorization, Resource: "clusterroles", Verbs: changing},
	{Group: authorization, Resource: "rolebindings", Namespaced: true, Verbs: changing}, {Group: authorization, Resource: "clusterrolebindings", Verbs: changing},
	{Group: admission, Resource: "mutatingwebhookconfigurations", Verbs: changing}, {Group: admission, Resource: "validatingwebhookconfigurations", Verbs: changing},
	{Group: certificates, Resource: "certificatesigningrequests", Verbs: changing},
	{Group: certificates, Resource: "certificatesigningrequests", Subresource: "approval", Verbs: acting["approval"]},
}

// checkBodies finds bodies that are missing where they matter and there where they do not.
func (l *linter) checkBodies() {
	managed := false
	for i := range l.List.Rules {
		l.checkPatches(i)
		l.checkApplies(i)
		level, r := l.level(i), &l.List.Rules[i]
		if level == rules.RequestResponse {
			l.checkReads(i)
		}
		if level >= rules.Request && r.OmitManagedFields == nil && !l.List.OmitManagedFields && !managed {
			managed = true
			l.add("managed-fields", at(i, "level"), "bodies are logged with their managedFields")
		}
	}
}

// everything is what only a rule for everything matches.
func everything(verb string) policy.Target {
	return policy.Target{Group: policy.Other, Resource: policy.Other, Namespaced: true, Verbs: []string{verb}}
}

// checkReads finds reads with all that they return. The handler of a watch logs no body (only WriteObjectNegotiated does,
// k8s.io/apiserver/pkg/endpoints/handlers/responsewriters).
func (l *linter) checkReads(i int) {
	if _, does := l.decides(i, everything("list")); does {
		l.add("reads-in-full", at(i, "level"), "lists of everything are logged with all that they return")
		return
	}
	if _, does := l.decides(i, everything("watch")); does {
		f := l.add("reads-in-full", at(i, "level"), "watches of everything are at RequestResponse")
		f.Severity, f.Why = Info, "a watch has no body in the log at any level, so nothing is gained"
	}
}

// checkPatches finds changes of rights that are not logged whole.
func (l *linter) checkPatches(i int) {
	if level := l.level(i); level == rules.None || level == rules.RequestResponse {
		return
	}
	var found []string
	for _, t := range powers {
		t.Verbs = slices.DeleteFunc(slices.Clone(t.Verbs), func(verb string) bool { return strings.HasPrefix(verb, "delete") })
		if _, does := l.decides(i, t); does {
			found = append(found, t.String())
		}
	}
	if len(found) > 0 {
		l.add("json-patch", at(i, "level"), "changes of %s are logged at %s", strings.Join(found, ", "), l.List.Rules[i].Level)
	}
}

// checkApplies finds changes of rights that may be in no event at all. A patch is kept as it came, and an event whose body is no JSON
// can't be written (apiserver/pkg/audit LogRequestPatch; seen in v1.36.3: a server-side apply in YAML made a binding and left no trace but
// in apiserver_audit_error_total). RequestReceived comes before the body.
func (l *linter) checkApplies(i int) {
	if l.level(i) < rules.Request || !slices.Contains(l.Omitted(i), "RequestReceived") {
		return
	}
	var found []string
	for _, t := range powers {
		if t.Verbs = []string{"patch"}; t.Subresource == "" {
			if _, does := l.decides(i, t); does {
				found = append(found, t.String())
			}
		}
	}
	if len(found) > 0 {
		l.add("unwritten-applies", at(i, "level"), "patches of %s have no event at %s if they are sent as YAML", strings.Join(found, ", "), l.List.Rules[i].Level)
	}
}

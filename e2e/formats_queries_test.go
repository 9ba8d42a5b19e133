package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/e2e/verify"
)

// queries are in the words of Elastic's rules, and what of a line of the log they are to find.
var queries = []struct {
	name, query string
	finds       func(event map[string]any) bool
}{
	{"exec that succeeded", `kubernetes.audit.objectRef.subresource:exec AND event.outcome:success`,
		func(e map[string]any) bool {
			return at(e, "objectRef", "subresource") == "exec" && code(e) >= 100 && code(e) < 400
		}},
	{"allowed by authorization", `event.dataset:"kubernetes.audit_logs" AND kubernetes.audit.annotations.authorization_k8s_io\/decision:"allow"`,
		func(e map[string]any) bool { return at(e, "annotations", "authorization.k8s.io/decision") == "allow" }},
	{"refused", `event.outcome:failure AND http.response.status_code:>=400`, func(e map[string]any) bool { return code(e) >= 400 }},
	{"no answer yet", `event.outcome:unknown`, func(e map[string]any) bool { return code(e) == 0 }},
	{"members of system:masters", `kubernetes.audit.user.groups:"system:masters"`, func(e map[string]any) bool {
		groups, _ := at(e, "user", "groups").([]any)
		return slices.Contains(groups, any("system:masters"))
	}},
	{"service accounts by wildcard", `kubernetes.audit.user.username:system\:serviceaccount\:* AND user.name:system\:serviceaccount\:*`,
		func(e map[string]any) bool {
			name, _ := at(e, "user", "username").(string)
			return strings.HasPrefix(name, "system:serviceaccount:")
		}},
	{"no user", `NOT kubernetes.audit.user.username:*`, func(e map[string]any) bool { return at(e, "user", "username") == nil }},
	{"from a network", `source.ip:"127.0.0.0/8"`, func(e map[string]any) bool {
		all, _ := e["sourceIPs"].([]any)
		return len(all) > 0 && strings.HasPrefix(fmt.Sprint(all[len(all)-1]), "127.")
	}},
	{"in a body", `kubernetes.audit.requestObject.kind:ConfigMap`, func(e map[string]any) bool { return at(e, "requestObject", "kind") == "ConfigMap" }},
	{"a flag in a body", `kubernetes.audit.requestObject.spec.hostNetwork:true`, func(e map[string]any) bool {
		return at(e, "requestObject", "spec", "hostNetwork") == true
	}},
	{"exec, as a rule asks", `kubernetes.audit.verb:(get OR create) AND kubernetes.audit.objectRef.subresource:exec AND ` +
		`kubernetes.audit.stage:(ResponseComplete OR ResponseStarted) AND kubernetes.audit.annotations.authorization_k8s_io\/decision:allow`,
		func(e map[string]any) bool {
			return at(e, "objectRef", "subresource") == "exec" && at(e, "annotations", "authorization.k8s.io/decision") == "allow" && e["stage"] != "RequestReceived"
		}},
	{"by credential", `kubernetes.audit.user.extra.authentication.kubernetes.io\/credential\-id:X509SHA256*`, func(e map[string]any) bool {
		ids, _ := at(e, "user", "extra", "authentication.kubernetes.io/credential-id").([]any)
		return len(ids) > 0 && strings.HasPrefix(fmt.Sprint(ids[0]), "X509SHA256")
	}},
	{"impersonation", `user.effective.name:*`, func(e map[string]any) bool { return at(e, "impersonatedUser", "username") != nil }},
}

func code(event map[string]any) int64 {
	number, _ := at(event, "responseStatus", "code").(json.Number)
	code, _ := number.Int64()
	return code
}

// checkTruth asks the server and the log the same.
func checkTruth(t *testing.T, log *verify.Log, server *verify.Elasticsearch) {
	t.Helper()
	want := make([]int, len(queries))
	for _, line := range log.Lines() {
		event := parseDocument(t, line)
		for i, q := range queries {
			if q.finds(event) {
				want[i]++
			}
		}
	}
	for i, q := range queries {
		text, err := json.Marshal(map[string]any{"query_string": map[string]string{"query": q.query}})
		must(t, err)
		got := count(t, server, string(text))
		t.Logf("%6d %s", got, q.name)
		if got != want[i] {
			t.Errorf("%s: %d events, want %d", q.name, got, want[i])
		}
	}
}

// checkFields: rules in EQL and ES|QL find a field only if the index has it as one, which parts of flattened fields are not.
func checkFields(t *testing.T, server *verify.Elasticsearch) {
	t.Helper()
	kinds := map[string]string{
		"event.dataset": "keyword", "kubernetes.audit.verb": "keyword", "kubernetes.audit.stage": "keyword", "kubernetes.audit.level": "keyword",
		"kubernetes.audit.objectRef.subresource": "keyword", "kubernetes.audit.user.groups": "keyword", "kubernetes.audit.requestURI": "keyword",
		"kubernetes.audit.annotations.authorization_k8s_io/decision":             "keyword",
		"kubernetes.audit.user.extra.authentication.kubernetes.io/pod-name":      "keyword",
		"kubernetes.audit.user.extra.authentication.kubernetes.io/credential-id": "keyword",
		"@timestamp": "date", "event.duration": "long", "source.ip": "ip", "related.ip": "ip", "http.response.status_code": "long",
	}
	var answer struct {
		Fields map[string]map[string]struct{ Searchable, Aggregatable bool }
	}
	must(t, server.Call(t.Context(), http.MethodGet, "/"+server.Index+"/_field_caps?fields=*", nil, &answer))
	for name, kind := range kinds {
		if found := answer.Fields[name][kind]; !found.Searchable || !found.Aggregatable {
			t.Errorf("%s is no field of type %s: %v", name, kind, answer.Fields[name])
		}
	}
}

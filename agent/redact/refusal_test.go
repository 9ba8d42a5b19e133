package redact

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/eventtest"
)

// TestRefusals: what a message quotes of an object is hidden, also where the event has no body to know it from.
func TestRefusals(t *testing.T) {
	status := func(code, message string) string {
		return `"responseStatus":{"code":` + code + `,"message":` + quote(message) + `,"details":{"causes":[{"message":` + quote(message) + `}]}}`
	}
	const listed = `["responseStatus.message","responseStatus.details.causes[0].message"]`
	for _, test := range []struct{ resource, message, want string }{
		{`"secrets"`, `"" is invalid: patch: Invalid value: "{\"data\":{\"a\":\"aHVudGVyMg==\"}}": illegal base64`, `"" is invalid: patch: Invalid value: <"{\"data\":{\"a\":\"aHVudGVyMg==\"}}": illegal base64>`},
		{`"secrets"`, `patch: Invalid value: "map[data:map[a:hunter2!]]": illegal base64`, `patch: Invalid value: <"map[data:map[a:hunter2!]]": illegal base64>`},
		{`"secrets"`, `type: Invalid value: "hunter2": field is immutable`, `type: Invalid value: <"hunter2": field is immutable>`},
		{`"secrets"`, `illegal base64, error found in #10 byte of ...|a":"hunter2|...`, `illegal base64, error found in #<10 byte of ...|a":"hunter2|...>`},
		{`"serviceaccounts","subresource":"token"`, `spec: Invalid value: "hunter2"`, `spec: Invalid value: <"hunter2">`},
		{`"tokenreviews"`, `spec: Invalid value: "hunter2"`, `spec: Invalid value: <"hunter2">`},
		{`"pods"`, `patch: Invalid value: "{\"env\":1}": x`, `patch: Invalid value: <"{\"env\":1}": x>`},
		{`"pods"`, `spec: Invalid value: {"env":1}: x`, `spec: Invalid value: <{"env":1}: x>`},
		{`"pods"`, "spec: Forbidden: pod updates may not change fields\n  core.PodSpec{\n+ x}", "spec: Forbidden: pod updates may not change fields\n  <core.PodSpec{\n+ x}>"},
		{`"jobs"`, `spec.template: Invalid value: core.PodTemplateSpec{Spec: x}: field is immutable`, `spec.template: Invalid value: <core.PodTemplateSpec{Spec: x}: field is immutable>`},
		{`"pods"`, "may not change fields\n@@ -21,7 +21,7 @@\n- x", "may not change fields\n<@@ -21,7 +21,7 @@\n- x>"},
		{`"deployments"`, `.env: expected list, got &{x}`, `.env: expected list, got <&{x}>`},
		{`"pods"`, `metadata.name: Invalid value: "A_B": a lowercase RFC 1123 label`, ``},
		{`"secrets"`, `secrets "a" is forbidden: User "jane" cannot get resource "secrets"`, ``},
	} {
		want, wantListed := test.want, listed
		if want == "" {
			want, wantListed = test.message, ""
		}
		object := `"objectRef":{"resource":` + test.resource + `},`
		got, found := run(t, Config{}, object+status("422", test.message))
		if want := object + status("422", expand(want)); got != want || found != wantListed {
			t.Errorf("of %q\ngot  %s\nwant %s\nlists %s", test.message, got, want, found)
		}
		got, found = run(t, Config{Off: true}, object+status("422", test.message))
		if got != object+status("422", test.message) || found != "" {
			t.Errorf("with redaction off: %s", got)
		}
	}
}

// TestRefusalInAResponse: the response says the same once more.
func TestRefusalInAResponse(t *testing.T) {
	const members = `"objectRef":{"resource":"secrets"},"responseStatus":{"code":422},"responseObject":{"kind":"Status","message":"Invalid value: |"}`
	got, _ := run(t, Config{}, members)
	if want := expand(`"objectRef":{"resource":"secrets"},"responseStatus":{"code":422},"responseObject":{"kind":"Status","message":"Invalid value: <|>"}`); got != want {
		t.Errorf("got %s", got)
	}
}

// TestRealRefusals looks at how kube-apiserver v1.36.3 refused patches of Secrets and of what has secrets in it, at the levels
// Metadata and Request: no value is left, neither one that was sent nor one that was there before. The golden file shows what is said.
func TestRealRefusals(t *testing.T) {
	r := redactor(t, Config{ConfigMaps: true})
	var told bytes.Buffer
	for e := range eventtest.Events(t, "testdata/refusals.jsonl") {
		if _, err := r.Redact(e, nil, false); err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"unter2", "existing-", "72727272", base64.RawStdEncoding.EncodeToString([]byte("existing"))[:10]} {
			if bytes.Contains(e.Raw, []byte(part)) {
				t.Errorf("%s is left in %s", part, e.Raw)
			}
		}
		message := e.TextOf(e.Find(e.Members[event.ResponseStatus].Value, "message"))
		fmt.Fprintf(&told, "%s at %s (%d)\n%s\n%s\n\n", e.String(e.Text(event.AuditID)), e.String(e.Text(event.Level)), e.Code, e.String(message), e.Redacted)
	}
	const golden = "testdata/refusals.golden"
	eventtest.Golden(t, golden, told.Bytes())
}

// TestMisplaced: what a client puts beside the members of a Secret is hidden as if it stood in stringData.
func TestMisplaced(t *testing.T) {
	for _, test := range []struct{ verb, resource, body, want string }{
		{"patch", "secrets", `{"password":"hunter2","type":"Opaque","immutable":true,"$patch":"merge"}`, `{"password":"<hunter2>","type":"Opaque","immutable":true,"$patch":"merge"}`},
		{"patch", "secrets", `{"stringDatta":{"a":"hunter2","b":{"c":1}},"kind":"Secret","apiVersion":"v1"}`, `{"stringDatta":{"a":"<hunter2>","b":"<{"c":1}>"},"kind":"Secret","apiVersion":"v1"}`},
		{"patch", "secrets", `{"Data":{"a":"aHVudGVyMg=="},"spec":{"a":"hunter2"},"env":["hunter2"],"n":1}`, `{"Data":{"a":"<hunter2>"},"spec":{"a":"<hunter2>"},"env":"<["hunter2"]>","n":"<1>"}`},
		{"patch", "secrets", `[{"op":"add","path":"/stringDatta/a","value":"hunter2"},{"op":"add","path":"/password","value":"hunter2"},{"op":"replace","path":"/type","value":"Opaque"}]`,
			`[{"op":"add","path":"/stringDatta/a","value":"<hunter2>"},{"op":"add","path":"/password","value":"<hunter2>"},{"op":"replace","path":"/type","value":"Opaque"}]`},
		{"patch", `secrets","apiGroup":"a.example.org`, `{"spec":{"a":"hunter2"},"data":{"a":"aHVudGVyMg=="}}`, `{"spec":{"a":"hunter2"},"data":{"a":"<hunter2>"}}`},
		{"patch", `secrets","apiGroup":"a.example.org`, `[{"op":"add","path":"/spec/a","value":"hunter2"}]`, `[{"op":"add","path":"/spec/a","value":"hunter2"}]`},
		{"patch", "pods", `{"password":"hunter2"}`, `{"password":"hunter2"}`},
		{"delete", "secrets", `{"kind":"DeleteOptions","propagationPolicy":"Background"}`, `{"kind":"DeleteOptions","propagationPolicy":"Background"}`},
	} {
		members := `"verb":"` + test.verb + `","objectRef":{"resource":"` + test.resource + `"},"requestObject":`
		if got, _ := run(t, Config{}, members+test.body); got != members+expand(test.want) {
			t.Errorf("of %s\ngot  %s\nwant %s", test.body, got, expand(test.want))
		}
	}
}

package redact

import "testing"

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

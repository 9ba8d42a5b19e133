package redact

import (
	"strings"
	"testing"
)

// webhook is what the API server says of a webhook's patch with two values.
func webhook(one, two string) string {
	return `"annotations":{"patch.webhook.admission.k8s.io/round_0_index_0":` + quoteAsItIs(`{"patch":[{"op":"add","path":"/spec/password","value":`+one+`},{"op":"add","path":"","value":`+two+`}]}`) + `}`
}

// quoteAsItIs is quote with < and > left alone.
func quoteAsItIs(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

func TestRules(t *testing.T) {
	const body = `"requestObject":{"spec":{"db":{"password":"hunter2","PassWord":"x","list":[{"password":1},{"a":{"password":{"b":"c"}}}]}},"password":"y"}`
	tests := []struct{ name, path, before, after, listed string }{
		{"at any depth", "requestObject.spec.**.password", body, `"requestObject":{"spec":{"db":{"password":"<hunter2>","PassWord":"<x>","list":[{"password":"<1>"},{"a":{"password":"<{"d":"e"}>"}}]}},"password":"y"}`,
			`["requestObject.spec.db.password","requestObject.spec.db.PassWord","requestObject.spec.db.list[0].password","requestObject.spec.db.list[1].a.password"]`},
		{"one key", "requestObject.*.db.password", body, `"requestObject":{"spec":{"db":{"password":"<hunter2>","PassWord":"<x>","list":[{"password":1},{"a":{"password":{"b":"c"}}}]}},"password":"y"}`, `["requestObject.spec.db.password","requestObject.spec.db.PassWord"]`},
		{"any index", "requestObject.spec.db.list[*].password", body, strings.Replace(body, `{"password":1}`, `{"password":"<1>"}`, 1), `["requestObject.spec.db.list[0].password"]`},
		{"an index", "requestObject.spec.db.list[1].a.password.b", body, strings.Replace(body, `"c"`, `"<c>"`, 1), `["requestObject.spec.db.list[1].a.password.b"]`},
		{"no such index", "requestObject.spec.db.list[2].**", body, body, ``},
		{"all", "requestObject.**", `"requestObject":{"a":1}`, `"requestObject":"<{"a":1}>"`, `["requestObject"]`},
		{"another body", "responseObject.**.password", body, body, ``},
		{"a quoted key", `requestObject['a.b/c']["d"]`, `"requestObject":{"a.b/c":{"d":"hunter2","e":1}}`, `"requestObject":{"a.b/c":{"d":"<hunter2>","e":1}}`, `["requestObject['a.b/c'].d"]`},
		{"through a JSON patch", "requestObject.spec.**.password", `"requestObject":[{"op":"add","path":"/spec/x/password","value":"hunter2"},{"op":"add","path":"/spec/x","value":{"password":"hunter2"}},{"op":"add","path":"/x","value":{"password":"a"}}]`,
			`"requestObject":[{"op":"add","path":"/spec/x/password","value":"<hunter2>"},{"op":"add","path":"/spec/x","value":{"password":"<hunter2>"}},{"op":"add","path":"/x","value":{"password":"a"}}]`, `["requestObject[0].value","requestObject[1].value.password"]`},
		{"in what was applied", "requestObject.spec.password", `"requestObject":{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"spec\":{\"password\":\"hunter2\"}}"}}}`,
			`"requestObject":{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"spec\":{\"password\":\"<hunter2>\"}}"}}}`, `["requestObject.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration'].spec.password"]`},
		{"in a list", "responseObject.spec.**.password", `"responseObject":{"kind":"List","items":[{"spec":{"a":{"password":"hunter2"}}},{"password":"x"}]}`, `"responseObject":{"kind":"List","items":[{"spec":{"a":{"password":"<hunter2>"}}},{"password":"x"}]}`, `["responseObject.items[0].spec.a.password"]`},
		{"in a webhook's patch", "requestObject.spec.**.password", webhook(`"hunter2"`, `"x"`), webhook(`"<hunter2>"`, `"x"`), `["annotations['patch.webhook.admission.k8s.io/round_0_index_0'].patch[0].value"]`},
		{"in a webhook's patch of a whole", "responseObject.password", webhook(`"x"`, `{"password":"hunter2"}`), webhook(`"x"`, `{"password":"<hunter2>"}`), `["annotations['patch.webhook.admission.k8s.io/round_0_index_0'].patch[1].value.password"]`},
		{"not in other annotations", "requestObject.**", `"annotations":{"a":"{\"password\":\"x\"}"}`, `"annotations":{"a":"{\"password\":\"x\"}"}`, ``},
		{"annotations", "annotations['example.org/a']", `"annotations":{"example.org/a":"hunter2","example.org/b":"x"}`, `"annotations":{"example.org/a":"<hunter2>","example.org/b":"x"}`, `["annotations['example.org/a']"]`},
		{"extra", "user.extra.*", `"user":{"username":"jane","extra":{"a":["hunter2","x"]}},"impersonatedUser":{"extra":{"a":["y"]}}`, `"user":{"username":"jane","extra":{"a":["<hunter2>","<x>"]}},"impersonatedUser":{"extra":{"a":["y"]}}`, `["user.extra.a[0]","user.extra.a[1]"]`},
		{"extra of whom it became", "impersonatedUser.extra['a'][0]", `"impersonatedUser":{"username":"bob","extra":{"a":["hunter2","x"]}}`, `"impersonatedUser":{"username":"bob","extra":{"a":["<hunter2>","x"]}}`, `["impersonatedUser.extra.a[0]"]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, listed := run(t, Config{Rules: []Rule{{Path: test.path}}}, test.before)
			want := test.after
			for _, value := range []string{`{"d":"e"}`, `{"a":1}`} {
				hidden := strings.Replace(value, `{"d":"e"}`, `{"b":"c"}`, 1)
				want = strings.ReplaceAll(want, "<"+value+">", hashed(hidden))
			}
			if want = expand(want); got != want || listed != test.listed {
				t.Errorf("got  %s\nwant %s\nlists %s\nwant  %s", got, want, listed, test.listed)
			}
		})
	}
}

// TestRemove: a rule that removes has the last word.
func TestRemove(t *testing.T) {
	cfg := Config{Rules: []Rule{{Path: "requestObject.**.a"}, {Path: "requestObject.**.a", Action: ActionRemove}, {Path: "user.extra.x", Action: ActionRemove}}}
	got, _ := run(t, cfg, `"user":{"extra":{"x":["y"]}},"requestObject":{"kind":"Secret","data":{"a":"aHVudGVyMg==","b":"aHVudGVyMg=="}}`)
	if want := expand(`"user":{"extra":{"x":["removed"]}},"requestObject":{"kind":"Secret","data":{"a":"removed","b":"<hunter2>"}}`); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestCompile: whoever skips Validate is told, too.
func TestCompile(t *testing.T) {
	for _, path := range []string{"", "spec", "requestObjects", "requestObject.", "requestObject..a", "requestObject[", "requestObject[a]", "requestObject['a", "requestObject.a*", "annotations", "user.extra", "user",
		"requestObject" + strings.Repeat(".a", mostSegments+1)} {
		if _, err := New(Config{Rules: []Rule{{Path: path}}}, testKey); err == nil {
			t.Errorf("took %q", path)
		}
	}
}

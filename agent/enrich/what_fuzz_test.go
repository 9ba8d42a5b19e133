package enrich

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
)

// FuzzWhat: whatever the caller wrote, the object is valid JSON of bounded size, and its phrase one line that a terminal does
// not obey.
func FuzzWhat(f *testing.F) {
	f.Add("get", "/api/v1/namespaces/a/pods/b/exec?command=sh&command=%1b%e2%80%ae", "pods", "exec", "a", "b", `{"spec":{"ephemeralContainers":[{"name":"\u202e","command":["a\"\\"]}]}}`, 101)
	f.Add("create", "/x?fieldManager=%ff%22&dryRun=All", "clusterrolebindings", "", "", "\u009b", `{"roleRef":{"name":"\u001b"},"subjects":[{"kind":"User","name":"\ud800"}]}`, 201)
	f.Add("patch", "/api/v1/nodes/%/proxy/%", "nodes", "proxy", "", "%", `[]`, 403)
	f.Add("deletecollection", "?", "\xff", "\\", "\"", "\x00", `null`, -1)
	f.Fuzz(func(t *testing.T, verb, uri, resource, subresource, namespace, name, body string, code int) {
		q := func(s string) string { b, _ := json.Marshal(s); return string(b) }
		record := `{"auditID":"1","stage":"ResponseComplete","requestURI":` + q(uri) + `,"verb":` + q(verb) + `,"user":{"username":` + q(name) + `},"userAgent":` + q(uri) +
			`,"objectRef":{"resource":` + q(resource) + `,"subresource":` + q(subresource) + `,"namespace":` + q(namespace) + `,"name":` + q(name) + `},"responseStatus":{"message":` + q(uri) +
			`,"code":` + fmt.Sprint(int32(code)) + `},"requestObject":` + body + `,"requestReceivedTimestamp":` + q(name) + `,"stageTimestamp":"2026-11-22T11:50:42Z"}`
		var e event.Event
		if new(event.Decoder).Decode([]byte(record), &e) != nil {
			t.Skip()
		}
		n := New(Config{})
		first := string(n.Enrich(&e, nil))
		var d deed
		if err := json.Unmarshal([]byte(first+"}"), &d); err != nil {
			t.Fatalf("%v: %s", err, first)
		}
		if again := string(n.Enrich(&e, nil)); again != first {
			t.Errorf("the second time it is\n%s\nand not\n%s", again, first)
		}
		if len(d.Action) > maxPhrase+len("…") || !utf8.ValidString(d.Action) || strings.ContainsFunc(d.Action, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("the phrase is %q", d.Action)
		}
		if !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(d.Action_Code) || len(d.Action_Code) > 200 {
			t.Errorf("the code is %q", d.Action_Code)
		}
	})
}

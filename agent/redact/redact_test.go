package redact

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event/eventtest"
)

var testKey = []byte("0123456789abcdef0123456789abcdef")

func redactor(t testing.TB, cfg Config) *Redactor {
	t.Helper()
	r, err := New(cfg, testKey)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var decode = eventtest.Decode

// hashed is what stands for a value.
func hashed(value string) string {
	h := newHasher(testKey)
	return string(h.appendHash(nil, []byte(value)))
}

// expand puts hashes in the place of <values>.
func expand(text string) string {
	for {
		before, rest, ok := strings.Cut(text, "<")
		if !ok {
			return text
		}
		value, after, _ := strings.Cut(rest, ">")
		text = before + hashed(value) + after
	}
}

const head = `{"auditID":"1","stage":"ResponseComplete",`

// run redacts an event with these members; it returns them, and what was listed.
func run(t testing.TB, cfg Config, members string) (got, listed string) {
	t.Helper()
	e := decode(t, head+members+"}")
	raw := string(e.Raw)
	if _, err := redactor(t, cfg).Redact(e, nil, false); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(e.Raw) {
		t.Fatalf("no JSON: %s", e.Raw)
	}
	if err := misplaced(e); err != nil {
		t.Error(err)
	}
	if string(e.Record()) != raw {
		t.Errorf("the record is not kept: %s", e.Record())
	}
	if e.Redacted != nil && !json.Valid(e.Redacted) {
		t.Errorf("no JSON: %s", e.Redacted)
	}
	got = strings.TrimSuffix(strings.TrimPrefix(string(e.Raw), head), "}")
	return got, string(e.Redacted)
}

func TestRedact(t *testing.T) {
	tests := []struct{ name, members, want, listed string }{
		{"a Secret", `"objectRef":{"resource":"secrets"},"requestObject":{"kind":"Secret","metadata":{"name":"x"},"data":{"a":"aHVudGVyMg==","b":""},"stringData":{"c":"hunter2"},"type":"Opaque"}`,
			`"objectRef":{"resource":"secrets"},"requestObject":{"kind":"Secret","metadata":{"name":"x"},"data":{"a":"<hunter2>","b":""},"stringData":{"c":"<hunter2>"},"type":"Opaque"}`,
			`["requestObject.data.a","requestObject.stringData.c"]`},
		{"its kind comes late", `"requestObject":{"data":{"a":"aHVudGVyMg=="},"kind":"Secret"}`,
			`"requestObject":{"data":{"a":"<hunter2>"},"kind":"Secret"}`, `["requestObject.data.a"]`},
		{"managedFields", `"requestObject":{"metadata":{"managedFields":[{"a":{".":{}}}],"name":"x"},"spec":{"managedFields":1}},"responseObject":{"metadata":{"name":"x", "managedFields":[]}}`,
			`"requestObject":{"metadata":{"name":"x"},"spec":{"managedFields":1}},"responseObject":{"metadata":{"name":"x"}}`, ``},
		{"env", `"requestObject":{"spec":{"containers":[{"env":[{"name":"DB_PASSWORD","value":"hunter2"},{"value":"hunter3","name":"API-Key"},{"name":"HOME","value":"/"}]}]}}`,
			`"requestObject":{"spec":{"containers":[{"env":[{"name":"DB_PASSWORD","value":"<hunter2>"},{"value":"<hunter3>","name":"API-Key"},{"name":"HOME","value":"/"}]}]}}`,
			`["requestObject.spec.containers[0].env[0].value","requestObject.spec.containers[0].env[1].value"]`},
		{"last applied", `"requestObject":{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"kind\":\"Secret\",\"data\":{\"a\":\"aHVudGVyMg==\"}}\n"}}}`,
			`"requestObject":{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"kind\":\"Secret\",\"data\":{\"a\":\"<hunter2>\"}}\n"}}}`,
			`["requestObject.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration'].data.a"]`},
		{"a JSON patch", `"objectRef":{"resource":"secrets"},"requestObject":[{"op":"add","path":"/data/a","value":"aHVudGVyMg=="},{"op":"add","path":"/metadata/labels/a","value":"b"}]`,
			`"objectRef":{"resource":"secrets"},"requestObject":[{"op":"add","path":"/data/a","value":"<hunter2>"},{"op":"add","path":"/metadata/labels/a","value":"b"}]`,
			`["requestObject[0].value"]`},
		{"a query", `"requestURI":"/a/proxy?token=query%2Dsecret\u0026b=c"`, `"requestURI":"/a/proxy?token=<query-secret>\u0026b=c"`, `["requestURI.token"]`},
		{"exec of NAME=VALUE", `"requestURI":"/exec?command=--password%3Dhunter2%26hunter3"`, `"requestURI":"/exec?command=--password%3D<hunter2&hunter3>"`, `["requestURI.command"]`},
		{"exec", `"requestURI":"/exec?command=sh\u0026command=-c\u0026command=env+PGPASSWORD%3Dhunter2+psql+--password+hunter3"`,
			`"requestURI":"/exec?command=sh\u0026command=-c\u0026command=env+PGPASSWORD%3D<hunter2>+psql+--password+<hunter3>"`, `["requestURI.command"]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, listed := run(t, Config{}, test.members)
			if want := expand(test.want); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if listed != test.listed {
				t.Errorf("lists %s\nwant  %s", listed, test.listed)
			}
		})
	}
}

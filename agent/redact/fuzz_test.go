package redact

import (
	"errors"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

// FuzzBody has anything for bodies and annotations. What comes out is JSON and differs in hidden values alone; a second time it is
// the same.
func FuzzBody(f *testing.F) {
	events, _ := realEvents(f, hasBody)
	for i := range events {
		e := &events[i]
		f.Add(string(e.Bytes(e.Members[event.RequestObject].Value)), string(e.Bytes(e.Members[event.ResponseObject].Value)), uint8(i))
	}
	for _, body := range hostile {
		f.Add(body, body, uint8(0))
	}
	configs := []Config{{}, {ConfigMaps: true, Arguments: ArgumentAll}, {Arguments: ArgumentNone, Rules: []Rule{
		{Path: "requestObject.**.a"}, {Path: "responseObject.*[1].**", Action: ActionRemove}, {Path: "annotations.*"}, {Path: "requestObject.**['b'][*].c"}}}, {Off: true}}
	resources := []string{"secrets", "configmaps", "pods", ""}
	f.Fuzz(func(t *testing.T, request, response string, choice uint8) {
		record := `{"auditID":"1","stage":"S","requestURI":"/a?b=c","objectRef":{"resource":"` + resources[choice%4] + `"},"responseStatus":{"message":"m"},` +
			`"requestObject":` + request + `,"responseObject":` + response + `,"annotations":{"a":"b"}}`
		var e event.Event
		if new(event.Decoder).Decode([]byte(record), &e) != nil {
			return
		}
		again := e
		r := redactor(t, configs[choice/4%4])
		if _, err := r.Redact(&e, nil, choice&64 != 0); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(differences([]byte(record), e.Raw), misplaced(&e)); err != nil {
			t.Fatalf("%v\nof %s\ngot %s", err, record, e.Raw)
		}
		if _, err := r.Redact(&again, nil, choice&64 != 0); err != nil || string(again.Raw) != string(e.Raw) || string(again.Redacted) != string(e.Redacted) {
			t.Fatalf("the second time %v, %s", err, again.Raw)
		}
		if err := alike(r, record, choice&64 != 0); err != nil {
			t.Fatal(err)
		}
	})
}

// hostile are bodies that only somebody makes who wants to hide something, or do harm.
var hostile = []string{
	`null`, `"text"`, `1`, `true`, `[]`, `{}`, `[null]`, `[1,"a",{}]`,
	`{"data":{"a":"b"},"kind":"Secret","kind":"ConfigMap"}`, `{"data":"x","kind":"Secret"}`, `{"kind":"Secret","data":["x",{"a":1}]}`,
	`{"d\u0061ta":{"a":"x"},"\u006bind":"\u0053ecret"}`, `{"Data":{"a":"x"},"KIND":"secret"}`, `{"kind":"Secret","data":{"$patch":"replace","b":null,"c":1}}`,
	`{"metadata":{"managedFields":1,"managedFields":[{}]}}`, `{"metadata":{"a":1,"managedFields":1,"managedFields":2}}`, `{"metadata":{ "managedFields" : [ ] , "a":1 } }`,
	`[{"op":"add","path":"/data/a","value":"x"},{"value":"x","path":"/spec/a~1b~0/0/env/0/value","op":"replace"}]`, `[{"op":"add","path":"data","value":"x"}]`,
	`[{"op":"add","path":"/a","path":"/stringData/b","value":"x"}]`, `[{"op":"replace","path":"/metadata/managedFields","value":[{}]}]`,
	`{"metadata":{"annotations":{"a/last-applied-b":"no document","b":"{no document","c":"{\"metadata\":{\"annotations\":{\"x\":\"{\\\"kind\\\":\\\"Secret\\\",\\\"data\\\":{\\\"a\\\":\\\"b\\\"}}\"}}}"}}}`,
	`{"spec":{"token":"x"},"status":{"token":{"a":1}}}`, `{"env":{"A_TOKEN":"x","B":"y"}}`, `{"args":["--password","x","--token=y","\ud83d\ude00 API_KEY='a b'","\ud83d PASSWORD: x"]}`,
	`{"name":"A_TOKEN","value":{"a":[1]}}`, `{"value":"x","name":"A","name":"A_TOKEN"}`, `{"items":[{"data":{"a":"b"}}],"kind":"SecretList"}`,
}

// FuzzText has anything, escapes included, for the texts that are looked into: URIs, arguments, messages, annotations. A password
// that a URI says in so many words is never left there.
func FuzzText(f *testing.F) {
	for _, text := range []string{
		``, `/a?token=x`, `/a?b=c\u0026t%6fken=x%20y+z\u0026command=--password\u0026command=x`, `?=&;&&token`, `\u003ftoken=x`, `/?a[password]=%zz`, `--password x`, `PASSWORD='a b' "token": "x"`,
		`curl -H 'Authorization: Bearer x' https://u:p@h/`, `://@`, `@`, `=`, `:`, `{\"stringData\":{\"a\":\"\ud83d\ude00\"}}`, `[{\"op\":\"add\",\"path\":\"\",\"value\":{}}]`, "\xff\xfe=", `\ud800 password=\ud800`,
	} {
		f.Add(text, text)
	}
	const password = "correct-horse"
	f.Fuzz(func(t *testing.T, one, two string) {
		record := `{"auditID":"1","stage":"S","requestURI":"` + one + `?password=` + password + `","responseStatus":{"message":"` + two + password + `"},"requestObject":{"command":["` + one + `","` + two + `"],` +
			`"env":[{"name":"` + one + `","value":"` + two + `"}]},"annotations":{"a/applied":"` + one + `","b":"` + two + `"}}`
		var e event.Event
		if new(event.Decoder).Decode([]byte(record), &e) != nil {
			return
		}
		if _, err := redactor(t, Config{}).Redact(&e, nil, false); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(differences([]byte(record), e.Raw), misplaced(&e)); err != nil {
			t.Fatalf("%v\nof %s\ngot %s", err, record, e.Raw)
		}
		if uri := e.String(e.Text(event.RequestURI)); strings.HasSuffix(uri, password) && !strings.Contains(one, "?") && !strings.Contains(one, `\u003`) {
			t.Fatalf("%s is left", uri)
		}
	})
}

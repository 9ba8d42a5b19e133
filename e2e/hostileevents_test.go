package e2e_test

import (
	"fmt"
	"strings"
	"time"
)

// hostile is one line of a log that somebody wants to do harm with.
type hostile struct {
	name   string
	line   string
	reason string // with which it is set aside; empty: it is delivered
}

// The reasons of dead letters for lines that are no audit events.
const (
	invalid   = "invalid JSON"
	twice     = "duplicate field"
	mistyped  = "wrong type"
	noEvent   = "not an audit event"
	reserved  = "reserved field"
	nulInside = "NUL bytes inside the line"
)

var fieldOrder = strings.Fields("kind apiVersion level auditID stage requestURI verb user impersonatedUser sourceIPs userAgent objectRef responseStatus " +
	"requestObject responseObject requestReceivedTimestamp stageTimestamp annotations")

// auditLine is a line as kube-apiserver writes it, with some fields as they are given: raw JSON, or nothing to leave one out.
func auditLine(n int, fields map[string]string) string {
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")
	all := map[string]string{
		"kind": `"Event"`, "apiVersion": `"audit.k8s.io/v1"`, "level": `"RequestResponse"`, "auditID": fmt.Sprintf(`"hostile-%d"`, n), "stage": `"ResponseComplete"`,
		"requestURI": `"/api/v1/namespaces/a/configmaps"`, "verb": `"create"`, "user": `{"username":"mallory","groups":["system:authenticated"]}`, "sourceIPs": `["192.0.2.1"]`,
		"userAgent": `"curl/8"`, "objectRef": `{"resource":"configmaps","namespace":"a","name":"c","apiVersion":"v1"}`, "responseStatus": `{"metadata":{},"code":201}`,
		"requestReceivedTimestamp": `"` + now + `"`, "stageTimestamp": `"` + now + `"`, "annotations": `{"authorization.k8s.io/decision":"allow"}`,
	}
	for name, value := range fields {
		all[name] = value
	}
	members := []string{}
	for _, name := range fieldOrder {
		if all[name] != "" {
			members = append(members, `"`+name+`":`+all[name])
		}
	}
	return "{" + strings.Join(members, ",") + all["more"] + "}"
}

// hostileEvents are at most large bytes long each.
func hostileEvents(large int) (all []hostile) {
	add := func(name, reason string, fields map[string]string) {
		all = append(all, hostile{name, auditLine(len(all), fields), reason})
	}
	one := func(field, name, value string) { add(field+" "+name, "", map[string]string{field: value}) }
	addSizes(add, large)
	addTexts(one)
	addTypes(add)
	for name, reason := range map[string]string{`{}`: noEvent, `[]`: noEvent, `null`: noEvent, `"text"`: noEvent, `5`: noEvent, ` `: noEvent, `{`: invalid, `}`: noEvent, `I1122 11:50:28.753 klog line`: noEvent, `{"kind":"EventList","items":[]}`: noEvent,
		`{"level":"info","msg":"zap"}`: noEvent, strings.Repeat("[", 100_000): noEvent, strings.Repeat(`{"a":`, 100_000) + "}": invalid} {
		all = append(all, hostile{fmt.Sprintf("the line %.20s", name), name, reason})
	}
	plain := auditLine(len(all), nil)
	all = append(all,
		hostile{"CRLF", plain + "\r", ""}, hostile{"a BOM", "\ufeff" + plain, noEvent}, hostile{"white space", "\t" + plain + "  ", ""}, hostile{"no end", plain[:len(plain)-1], invalid},
		hostile{"two events", plain + plain, invalid}, hostile{"a comment", plain + "//", invalid}, hostile{"UTF-16", "\xff\xfe{\x00", nulInside})
	return all
}

func addSizes(add func(name, reason string, fields map[string]string), large int) {
	keys := strings.Builder{}
	for i := range 100_000 {
		fmt.Fprintf(&keys, `%q:%d,`, fmt.Sprint("key.", i), i)
	}
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	add("a large body", "", map[string]string{"requestObject": `{"data":"` + strings.Repeat("x", large) + `"}`})
	add("a large body of escapes", "", map[string]string{"responseObject": `"` + strings.Repeat(`\u001b`, large/12) + `"`})
	add("100,000 keys", "", map[string]string{"requestObject": "{" + keys.String() + `"end":0}`})
	add("100,000 annotations", "", map[string]string{"annotations": "{" + strings.ReplaceAll(strings.ReplaceAll(keys.String(), ":", `:"`), ",", `",`) + `"end":""}`})
	add("100,000 groups", "", map[string]string{"user": `{"username":"m","groups":[` + strings.Repeat(`"g",`, 99_999) + `"g"]}`})
	add("nested 9,999 deep", "", map[string]string{"requestObject": deep(9_999)})
	add("nested 10,000 deep", invalid, map[string]string{"requestObject": deep(10_000)})
	add("a list nested 1,000,000 deep", invalid, map[string]string{"requestObject": strings.Repeat("[", 1_000_000)})
	add("an audit ID of 1 MB", "", map[string]string{"auditID": `"` + strings.Repeat("i", 1_000_000) + `"`})
	add("a request URI of 1 MB", "", map[string]string{"requestURI": `"/` + strings.Repeat("%00", 333_333) + `"`})
	add("a user name of 1 MB", "", map[string]string{"user": `{"username":"` + strings.Repeat("u", 1_000_000) + `"}`})
	add("a verb of 1 MB", "", map[string]string{"verb": `"` + strings.Repeat("v", 1_000_000) + `"`})
	add("a field name of 1 MB", "", map[string]string{"more": `,"` + strings.Repeat("k", 1_000_000) + `":1`})
}

func addTexts(one func(field, name, value string)) {
	for name, text := range map[string]string{
		"with escapes of terminals": `\u001b[2J\u001b]0;owned\u0007\u009b2J\u202egnp\u2066\u0000\u007f`, "with raw C1 and bidi": "\u009b2J\u202e\u200b\ufeff", "not UTF-8": "\xff\xc0\xaf\xed\xa0\x80",
		"lone surrogates": `\ud800 \udfff\ud800`, "empty": ``, "for LogQL": `\"} | json | {job=\"x\",`, "for shells": `$(reboot)'; DROP TABLE--`, "of line ends": `a\nb\r\u2028{}`,
	} {
		for _, field := range []string{"auditID", "verb", "requestURI", "userAgent", "level", "stage"} {
			one(field, name, `"`+text+`"`)
		}
		one("user", name, `{"username":"`+text+`","uid":"`+text+`","groups":["`+text+`"],"extra":{"`+text+`":["`+text+`"]}}`)
		one("impersonatedUser", name, `{"username":"`+text+`"}`)
		one("sourceIPs", name, `["`+text+`"]`)
		one("objectRef", name, `{"resource":"`+text+`","namespace":"`+text+`","name":"`+text+`","subresource":"`+text+`"}`)
		one("annotations", name, `{"`+text+`":"`+text+`","authorization.k8s.io/decision":"`+text+`"}`)
		one("requestObject", name, `{"`+text+`":"`+text+`"}`)
	}
	for _, at := range []string{"9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00.000000Z", "1969-12-31T23:59:59.000000Z", "2262-04-12T00:00:00.000000Z", "292277026596-12-04T15:30:08Z", "2026-13-45T99:99:99Z", "yesterday", "1795348228", ""} {
		one("stageTimestamp", at, `"`+at+`"`)
		one("requestReceivedTimestamp", at, `"`+at+`"`)
	}
	one("stageTimestamp", "left out", "")
	for _, body := range []string{
		`{"n":1e999999,"m":-1e-999999,"o":123456789012345678901234567890.5,"p":-0}`, `{"__proto__":{"a":1},"constructor":1,"@timestamp":"x","auditship":{"id":"0"},"_id":"x","_index":"y"}`, `{"a":1,"a":{"b":2},"a":[3]}`,
		`{"":1,".":2,"..":3,"a.":4,".a":5,"a..b":6," ":7}`, `{"a.b":1,"a":{"b":{"c":1}}}`, `[]`, `[1,"a",{"b":[null,[[]]]}]`, `"text"`, `5`, `true`, `null`,
		`{"auditID":"other","stage":"Panic","user":{"username":"admin"},"stageTimestamp":"2001-01-01T00:00:00Z","auditship":{"id":"00000000000000000000000000000000"}}`, `{"x":"}\",\"auditship\":{\"id\":\"00000000000000000000000000000000\"}}"}`,
	} {
		one("requestObject", body, body)
		one("responseObject", body, body)
	}
	one("auditID", "of another event", `"the same"`)
	one("auditID", "of that event", `"the same"`)
	one("responseStatus", "code 999999999", `{"code":999999999}`)
	one("responseStatus", "code -1", `{"code":-1,"message":"\u001b[31m","reason":"x"}`)
	one("objectRef", "of a path", `{"resource":"../..","name":"../../etc/passwd"}`)
	one("apiVersion", "of the future", `"audit.k8s.io/v99"`)
	one("more", "unknown fields", `,"_id":"x","__proto__":{},"a.b":1,"a":{"b":2},"id":5,"message":{},"host":[]`)
}

func addTypes(add func(name, reason string, fields map[string]string)) {
	for _, field := range fieldOrder {
		for _, value := range []string{`5`, `true`, `[[1]]`, `"text"`, `{"a":[1]}`, `1e999999`} {
			reason := mistyped
			switch field {
			case "requestObject", "responseObject":
				reason = ""
			case "user", "impersonatedUser", "objectRef", "responseStatus":
				if value == `{"a":[1]}` {
					reason = ""
				}
			case "kind", "apiVersion":
				if value == `"text"` {
					reason = noEvent
				}
			case "sourceIPs", "annotations":
			default:
				if value == `"text"` {
					reason = ""
				}
			}
			add(field+" is "+value, reason, map[string]string{field: value})
		}
		add(field+" twice", twice, map[string]string{field: "null", "more": `,"` + field + `":null`})
	}
	add("a code with a fraction", mistyped, map[string]string{"responseStatus": `{"code":1.5}`})
	add("a code beyond all numbers", mistyped, map[string]string{"responseStatus": `{"code":1e999999}`})
	add("a decision twice", twice, map[string]string{"annotations": `{"authorization.k8s.io/decision":"allow","authorization.k8s.io/decision":"forbid"}`})
	add("no audit ID", noEvent, map[string]string{"auditID": ""})
	add("no stage", noEvent, map[string]string{"stage": ""})
	add("an auditship of his", reserved, map[string]string{"more": `,"auditship":{"id":"0"}`})
	add("an auditship in escapes", reserved, map[string]string{"more": `,"\u0061uditship":{}`})
	add("an @timestamp of his", reserved, map[string]string{"more": `,"@timestamp":"2001-01-01T00:00:00Z"`})
}

package event

import (
	"fmt"
	"strings"
	"testing"
)

func TestDecodeRealRecords(t *testing.T) {
	var d Decoder
	for i, record := range realRecords(t) {
		var e Event
		if err := d.Decode(record, &e); err != nil {
			t.Errorf("line %d: %v", i+1, err)
		}
		if err := compare(&d, record); err != nil {
			t.Errorf("line %d: %v", i+1, err)
		}
	}
}

// required is what every event needs, for records that are about something else.
const required = `"auditID":"1","stage":"Panic"`

func TestDecodeAccepts(t *testing.T) {
	for name, members := range map[string]string{
		"nothing more":        ``,
		"nulls":               `,"kind":null,"user":null,"sourceIPs":null,"responseStatus":{"code":null},"annotations":null,"requestObject":null`,
		"null parts":          `,"user":{"username":null,"groups":null,"extra":{"a":null}},"annotations":{"authorization.k8s.io/decision":null}`,
		"escaped keys":        `,"\u0076erb":"get","us\u0065r":{"\u0075sername":"bob"}`,
		"keys in other case":  `,"Verb":1,"VERB":2,"verb":"get","User":3`,
		"unknown twice":       `,"x":1,"x":2`,
		"fields in bodies":    `,"requestObject":{"verb":"a","verb":"b","user":1,"auditship":1},"verb":"get"`,
		"body of a string":    `,"requestObject":"a\"b","responseObject":[1,null]`,
		"body of a number":    `,"requestObject":-0.1e+7`,
		"bytes not UTF-8":     ",\"verb\":\"\xff\xc3\"",
		"lone surrogate":      `,"verb":"\ud800"`,
		"NUL, escaped":        `,"verb":"\u0000"`,
		"code at its limits":  `,"responseStatus":{"code":-2147483648}`,
		"code 0":              `,"responseStatus":{"code":-0}`,
		"empty containers":    `,"user":{},"sourceIPs":[],"objectRef":{},"responseStatus":{},"annotations":{}`,
		"white space":         " , \"user\" : { \"groups\" : [ \"a\" , \"b\" ] , \"extra\" : { } } , \"requestObject\" : [ { } , [ ] ]\t\r\n",
		"deep, but not wrong": `,"requestObject":` + strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1),
		"kind and version":    `,"kind":"Event","apiVersion":"audit.k8s.io/v1beta1"`,
	} {
		record := []byte(" {" + required + members + "}\r")
		if err := new(Decoder).Decode(record, new(Event)); err != nil {
			t.Errorf("%s: %v at %d", name, err, err.(*SyntaxError).Offset)
		}
		if err := compare(new(Decoder), record); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The § in each of them is not part of the record: it marks the offset that the error gives.
func TestDecodeRefuses(t *testing.T) {
	for reason, cases := range map[string][]string{
		duplicate: {
			`"verb":"get",§"verb":"get"}`,
			`"verb":null,§"\u0076erb":"get"}`,
			`"requestObject":null,§"requestObject":{}}`,
			`"user":{"uid":"1","groups":[],§"uid":"2"}}`,
			`"impersonatedUser":{"extra":{},§"extra":{}}}`,
			`"user":{"extra":{"authentication.kubernetes.io/pod-name":["a"],§"authentication.kubernetes.io\/pod-name":[]}}}`,
			`"objectRef":{"name":"a",§"name":"b"}}`,
			`"responseStatus":{"code":1,§"code":2}}`,
			`"responseStatus":{"reason":"",§"reason":""}}`,
			`"annotations":{"authorization.k8s.io/decision":"a",§"authorization.k8s.io\/decision":"b"}}`,
		},
		wrongType: {
			`"verb":§1}`,
			`"user":§"bob"}`,
			`"user":{"groups":§{}}}`,
			`"user":{"groups":[§null]}}`,
			`"user":{"extra":{"a":§"b"}}}`,
			`"user":{"extra":{"a":[§1]}}}`,
			`"authenticationMetadata":§[]}`,
			`"sourceIPs":["::1",§1]}`,
			`"objectRef":{"name":§true}}`,
			`"objectRef":§[]}`,
			`"responseStatus":{"code":§"200"}}`,
			`"responseStatus":{"code":§200.0}}`,
			`"responseStatus":{"code":§2e2}}`,
			`"responseStatus":{"code":§2147483648}}`,
			`"annotations":{"a":§{}}}`,
			`"stageTimestamp":§0}`,
			`"verb":§get}`,
			`"user":{"groups":["a",§]}}`,
		},
		reservedField: {
			`§"auditship":{}}`,
			`§"@timestamp":null}`,
			`§"\u0061uditship":{}}`,
		},
		notAudit: {
			`"kind":§"Status"}`,
			`"apiVersion":§"v1"}`,
		},
		invalidJSON: {
			`"verb":"` + "§\x1f" + `"}`,
			`"verb":"§\x"}`,
			`"verb":"§\u12g4"}`,
			`"verb":§nul}`,
			`"verb" §"get"}`,
			`"verb":"get",§}`,
			`"verb":"get"}§}`,
			`"verb":"get"§]}`,
			`"requestObject":{§,}}`,
			`"requestObject":{"a":1,§}}`,
			`"requestObject":[1,§]}`,
			`"requestObject":[1§}}`,
			`"requestObject":[§}}`,
			`"requestObject":{"a"§}}`,
			`"requestObject":{"a":§}}`,
			`"requestObject":{"a":[§}`,
			`"requestObject":{}§`,
			`"requestObject":"}§`,
			`"requestObject":0§1}`,
			`"requestObject":1.§}`,
			`"requestObject":1.§e5}`,
			`"requestObject":-§}`,
			`"requestObject":1e+§}`,
			`"requestObject":§+1}`,
			`"requestObject":§.5}`,
			`"requestObject":§NaN}`,
			`"requestObject":§trux}`,
			`"requestObject":` + "§\v" + `1}`,
			`"requestObject":§'a'}`,
			`"requestObject":§/**/1}`,
			`"requestObject":{"a":1` + "§\x00" + `}}`,
		},
	} {
		for _, members := range cases {
			refuses(t, `{`+required+`,`+members, reason)
		}
	}
}

func TestDecodeRefusesOtherLines(t *testing.T) {
	nested := `{` + required + `,"requestObject":` + strings.Repeat("[", maxDepth-1) + `§[]`
	for reason, cases := range map[string][]string{
		notAudit: {
			"§", "§ \t", "{}§", "§[]", "§null",
			"§I1122 11:50:28.753123       1 server.go:1] x",
			`{"level":"info","ts":"2026-11-22","msg":"x"}§`,
			`{"auditID":"1"}§`, `{"stage":"Panic"}§`, `{"auditID":null,"stage":"Panic"}§`,
			`§x{` + required + `}`,
			"§\xef\xbb\xbf{" + required + `}`,
			"§\x00\x00{" + required + `}`,
		},
		invalidJSON: {
			"{§",
			`{` + required + `}§ {}`,
			`{` + required + `}x§`,
			nested + strings.Repeat("]", maxDepth-1) + `}`,
		},
	} {
		for _, record := range cases {
			refuses(t, record, reason)
		}
	}
}

// refuses checks that a record is refused, at the offset that § marks in it.
func refuses(t *testing.T, marked, reason string) {
	t.Helper()
	record := []byte(strings.Replace(marked, "§", "", 1))
	want := fmt.Sprintf("%s at %d", reason, strings.Index(marked, "§"))
	e := Event{Code: 5, Rule: "left over"}
	err := new(Decoder).Decode(record, &e)
	if err == nil {
		t.Errorf("%.200q is accepted, want %s", marked, want)
		return
	}
	if got := fmt.Sprintf("%v at %d", err, err.(*SyntaxError).Offset); got != want {
		t.Errorf("%.200q gives %q, want %q", marked, got, want)
	}
	if e.Code != 0 || e.Rule != "" || e.Has(AuditID) {
		t.Errorf("%.200q leaves something in the event", marked)
	}
	if err := compare(new(Decoder), record); err != nil {
		t.Errorf("%.200q: %v", marked, err)
	}
}

// A line that is cut anywhere is no event: a torn write must never look like one.
func TestDecodeRefusesTornRecords(t *testing.T) {
	var d Decoder
	for i, record := range realRecords(t) {
		for end := range record {
			if d.Decode(record[:end], new(Event)) == nil {
				t.Fatalf("line %d, cut after %d bytes, is accepted", i+1, end)
			}
		}
	}
}

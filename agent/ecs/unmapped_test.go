package ecs

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAnnotations(t *testing.T) {
	for _, c := range []struct{ annotations, want, unmapped string }{
		{`{}`, `{}`, ``},
		{`{ "a.b/c" : "x.y" , "d" : null }`, `{"a_b/c":"x.y","d":null}`, ``},
		{`{"authorization.k8s.io/decision":"allow"}`, `{"authorization_k8s_io/decision":"allow"}`, ``},
		{`{".":"1","":"2"," ":"3"}`, `{"_":"1"}`, `{"annotations":{".":"1","":"2"," ":"3"}}`},
		{`{"a.b":"1","a_b":"2","c":"3"}`, `{"a_b":"1","c":"3"}`, `{"annotations":{"a.b":"1","a_b":"2","c":"3"}}`},
		{`{"a":"1","a":"2"}`, `{"a":"1"}`, `{"annotations":{"a":"1","a":"2"}}`},
		{`{"a\u002eb":"1","q\"\\\u0000\u00e9":"2"}`, `{"a_b":"1","q\"\\\u0000é":"2"}`, ``},
		{"{\"\xff.\":\"1\",\"\xfe_\":\"2\"}", `{"` + "\uFFFD" + `_":"1"}`, "{\"annotations\":{\"\uFFFD.\":\"1\",\"\uFFFD_\":\"2\"}}"},
	} {
		d := with(t, `"annotations":`+c.annotations)
		if got := string(d.Kubernetes.Audit["annotations"]); got != c.want || d.Auditship.Unmapped != c.unmapped {
			t.Errorf("%s: %s and %s, want %s and %s", c.annotations, got, d.Auditship.Unmapped, c.want, c.unmapped)
		}
	}
}

func TestManyAnnotations(t *testing.T) {
	var many []string
	for i := range 3 * most {
		many = append(many, fmt.Sprintf(`"key.%d":"value"`, i))
	}
	d := with(t, `"annotations":{`+strings.Join(many, ",")+`}`)
	var kept map[string]string
	if err := json.Unmarshal(d.Kubernetes.Audit["annotations"], &kept); err != nil || len(kept) != most {
		t.Errorf("%d are kept: %v", len(kept), err)
	}
	if !strings.Contains(d.Auditship.Unmapped, many[3*most-1]) {
		t.Errorf("the last is nowhere: %s", d.Auditship.Unmapped)
	}
}

// TestUnknownMembers: what audit.k8s.io/v1 does not know is no field of kubernetes.audit, where it might be taken for another.
func TestUnknownMembers(t *testing.T) {
	for members, want := range map[string]string{
		`"new":{"a":[1]}`:                        `{"new":{"a":[1]}}`,
		` "user.username" : "root" , "":1`:       `{"user.username":"root","":1}`,
		`"x":null,"level":null,"verb":"get"`:     ``,
		`"verb":"get"`:                           ``,
		` "verb" : "get" , "level" : "Request" `: ``,
		`"verb":"get","level":"Request"`:         ``,
		`"\u0076erb":"get","\u0078":2`:           `{"\u0078":2}`,
	} {
		d := with(t, members)
		if d.Auditship.Unmapped != want {
			t.Errorf("%s: %s, want %s", members, d.Auditship.Unmapped, want)
		}
		for key := range d.Kubernetes.Audit {
			if key != "auditID" && key != "stage" && key != "verb" && key != "level" {
				t.Errorf("%s: %s is a field", members, key)
			}
		}
	}
}

func TestOddBodies(t *testing.T) {
	for body, odd := range map[string]bool{
		`{}`: false, `{"a":1}`: false, `[]`: false, `[{},{"a":"b"}]`: false,
		`"text"`: true, `1`: true, `true`: true, `[1]`: true, `[[{}]]`: true, `[{},null]`: true,
	} {
		d := with(t, `"responseObject":`+body)
		value, there := d.Kubernetes.Audit["responseObject"]
		if !odd && (string(value) != body || d.Auditship.Unmapped != "" || len(d.Auditship.Trimmed) > 0) ||
			odd && (there || d.Auditship.Unmapped != `{"responseObject":`+body+`}` || fmt.Sprint(d.Auditship.Trimmed) != "[responseObject]") {
			t.Errorf("%s: %s, unmapped %s, trimmed %v", body, value, d.Auditship.Unmapped, d.Auditship.Trimmed)
		}
	}
}

func TestUnmappedIsBounded(t *testing.T) {
	for _, body := range []string{strings.Repeat("é", 100_000), strings.Repeat("x", 100_000), strings.Repeat(`\"`, 100_000)} {
		d := with(t, `"requestObject":"`+body+`","unknown":1`)
		if got := d.Auditship.Unmapped; len(got) > longestUnmapped+len("…") || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
			t.Errorf("%d bytes, valid %v", len(got), utf8.ValidString(got))
		}
	}
}

package redact

import "testing"

// TestSuspects: what is passed over has parameters of Kubernetes alone.
func TestSuspects(t *testing.T) {
	for uri, want := range map[string]bool{
		"": false, "/api": false, "/api?": false, "/api?watch": false, "/api?watch=true": false, "/api?=x": true,
		`/api?limit=500\u0026resourceVersion=0`: false, `/api?limit=500\u0026token=x`: true, `/api?limit=500\u0026\u0026limit=1`: true,
		`/api?limit=500&token=x`: true, `/api?limit=500;token=x`: true, `/api?limit=5\u003btoken=x`: true, `/api?li\u006dit=5`: true, `/api?token`: false, `/api?tok\u0065n`: true,
		`/api?command=id`: true, `/api?continue=abc%3D`: false, `/api\u003ftoken=x`: true, `/api?lim%69t=1`: true, `/api?Limit=1`: true,
		`/api?timeout=5s\u0026`: false, `/api?timeout=5s\u0026x`: false, `/api?fieldSelector=a%3Db\u0026labelSelector=c in (d)`: false,
	} {
		e := decode(t, head+`"requestURI":"`+uri+`"}`)
		if got := redactor(t, Config{}).suspects(e); got != want {
			t.Errorf("suspects(%q) = %v", uri, got)
		}
	}
	e := decode(t, head+`"requestURI":"/api?continue=x"}`)
	if !redactor(t, Config{Names: []string{"continue"}}).suspects(e) {
		t.Error("passes over a name that was asked for")
	}
}

// TestKnownNames: each of them has a place of its own.
func TestKnownNames(t *testing.T) {
	k := newKnownNames(newNames(DefaultNames))
	for _, name := range parameterNames {
		if k.suspect([]byte("/a?"+name+"=x"), false) {
			t.Errorf("%s is not known", name)
		}
	}
}

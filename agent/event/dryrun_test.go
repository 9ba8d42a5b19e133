package event

import (
	"strconv"
	"strings"
	"testing"
)

// dryEvent is an event with a target of the given subresource; more are members that follow it.
func dryEvent(t testing.TB, verb, subresource, uri, more string) *Event {
	t.Helper()
	record := `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Request","auditID":"x","stage":"ResponseComplete","requestURI":` + strconv.Quote(uri) +
		`,"verb":"` + verb + `","user":{"username":"jane"},"objectRef":{"resource":"pods","name":"p","subresource":"` + subresource + `"}` + more + `}`
	var e Event
	if err := new(Decoder).Decode([]byte(record), &e); err != nil {
		t.Fatalf("%s: %v", record, err)
	}
	return &e
}

func TestDryRun(t *testing.T) {
	const dry = "/api/v1/namespaces/a/pods?fieldManager=kubectl&dryRun=All"
	tests := []struct {
		name, verb, subresource, uri, more string
		want                               bool
	}{
		{"create", "create", "", dry, "", true},
		{"patch of a subresource", "patch", "status", dry, "", true},
		{"eviction", "create", "eviction", dry, "", true},
		{"no query", "create", "", "/api/v1/namespaces/a/pods", "", false},
		{"dryRun in the path", "create", "", "/api/dryRun=All", "", false},
		{"another value", "create", "", "/x?dryRun=all", "", false},
		{"no value", "create", "", "/x?dryRun", "", false},
		{"a longer key", "create", "", "/x?xdryRun=All", "", false},
		{"a longer value", "create", "", "/x?dryRun=All1", "", false},
		{"percent-encoded", "create", "", "/x?dry%52un=%41ll", "", true},
		{"broken encoding", "create", "", "/x?dryRun=All%", "", false},
		{"with a semicolon Go passes over it", "create", "", "/x?a;dryRun=All", "", false},
		{"a read has none", "get", "", dry, "", false},
		{"exec is carried out", "create", "exec", dry, "", false},
		{"proxy is carried out", "delete", "proxy", dry, "", false},
		{"a token is given", "create", "token", dry, "", false},

		{"delete by query", "delete", "", dry, "", true},
		{"delete by body", "delete", "", "/x", `,"requestObject":{"kind":"DeleteOptions","dryRun":["All"]}`, true},
		{"deletecollection by body", "deletecollection", "", "/x", `,"requestObject":{"dryRun":["\u0041ll"]}`, true},
		{"delete: the body overrules the query", "delete", "", dry, `,"requestObject":{"kind":"DeleteOptions"}`, false},
		{"delete: an empty list", "delete", "", dry, `,"requestObject":{"dryRun":[]}`, false},
		{"delete: deep inside says nothing", "delete", "", "/x", `,"requestObject":{"x":{"dryRun":["All"]}}`, false},
		{"delete: a shortened event does not tell", "delete", "", dry, `,"annotations":{"audit.k8s.io/truncated":"true"}`, false},
		{"create: the body says nothing", "create", "", "/x", `,"requestObject":{"dryRun":["All"]}`, false},
	}
	for _, tt := range tests {
		if got := dryEvent(t, tt.verb, tt.subresource, tt.uri, tt.more).DryRun(); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestDryRunOfGroups: a query is believed where kube-apiserver answers itself. What it passes on to an aggregated API may be carried out.
func TestDryRunOfGroups(t *testing.T) {
	tests := []struct {
		verb, group, more string
		want              bool
	}{
		{"update", "subresources.kubevirt.io", "", false},
		{"patch", "example.org", "", false},
		{"patch", "example.org", `,"requestObject":{"spec":1}`, true}, // of a custom resource
		{"patch", "apps", "", true},
		{"create", "rbac.authorization.k8s.io", "", true},
		{"create", "x.rbac.authorization.k8s.io", "", false},
		{"delete", "apps", "", true},
		{"delete", "example.org", "", false},
		{"delete", "example.org", `,"requestObject":{"dryRun":["All"]}`, true},
	}
	for _, tt := range tests {
		record := strings.Replace(string(dryEvent(t, tt.verb, "", "/x?dryRun=All", tt.more).Raw), `"resource":"pods"`, `"resource":"pods","apiGroup":"`+tt.group+`"`, 1)
		var e Event
		if err := new(Decoder).Decode([]byte(record), &e); err != nil {
			t.Fatalf("%s: %v", record, err)
		}
		if got := e.DryRun(); got != tt.want {
			t.Errorf("%s of %s%s: %v", tt.verb, tt.group, tt.more, got)
		}
	}
}

// TestDryRunWithoutBodies: an event that can't have a body does not tell that the request had none.
func TestDryRunWithoutBodies(t *testing.T) {
	for _, change := range []string{`"level":"Metadata"`, `"stage":"RequestReceived"`} {
		key, _, _ := strings.Cut(change, ":")
		record := string(dryEvent(t, "delete", "", "/x?dryRun=All", "").Raw)
		at := strings.Index(record, key)
		end := at + strings.IndexByte(record[at:], ',')
		var e Event
		if err := new(Decoder).Decode([]byte(record[:at]+change+record[end:]), &e); err != nil {
			t.Fatal(err)
		}
		if e.DryRun() {
			t.Errorf("%s: a dry run", change)
		}
	}
}

func TestDryRunDoesNotAllocate(t *testing.T) {
	e := dryEvent(t, "create", "", `/api/v1/namespaces/a/pods?fieldManager=k&dryRun=All`, "")
	if n := testing.AllocsPerRun(10, func() { e.DryRun() }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

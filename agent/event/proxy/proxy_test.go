package proxy

import (
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

// proxied is an event on the proxy of a resource.
func proxied(t testing.TB, uri, resource, name string) *event.Event {
	t.Helper()
	var e event.Event
	record := `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","stage":"ResponseComplete","requestURI":"` + uri +
		`","verb":"get","user":{"username":"jane"},"objectRef":{"resource":"` + resource + `","name":"` + name + `","subresource":"proxy"}}`
	if err := new(event.Decoder).Decode([]byte(record), &e); err != nil {
		t.Fatalf("%s: %v", record, err)
	}
	return &e
}

// TestNode: however a path is written, it is told as the kubelet gets it.
func TestNode(t *testing.T) {
	tests := []struct {
		behind, want string
		enters       bool
	}{
		{"", "", false},
		{"?x=/nodes/n1/proxy/exec", "", false},
		{"/", "/", false},
		{"/pods", "/pods", false},
		{"/pods/?x=/exec", "/pods/", false},
		{"/%", "/%", false},
		{"/stats/summary..", "/stats/summary..", false},
		{"/.hidden", "/.hidden", false},
		{"/exec/ns/pod/c?command=id", "/exec/ns/pod/c", true},
		{"/exec", "/exec", true},
		{"/run/a/b/c", "/run/a/b/c", true},
		{"/attach/a", "/attach/a", true},
		{"/portForward/a", "/portForward/a", true},
		{"/cri/exec/token", "/cri/exec/token", true},
		{"//exec/ns", "/exec/ns", true},
		{"///exec//ns//", "/exec/ns/", true},
		{"/./exec", "/exec", true},
		{"/x/../exec", "/exec", true},
		{"/../../exec", "/exec", true},
		{"/..", "/", false},
		{"/exec/../pods", "/pods", false},
		{"/%65xec", "/exec", true},
		{"/%2fexec", "/exec", true},
		{"/x%2F%2e%2E%2Fexec", "/exec", true},
		{`/\u0065xec`, "/exec", true},
		{`/\u002565xec`, "/exec", true},
		{"/%2565xec", "/%65xec", false}, // one layer is resolved, no more
		{"/exec%3Fx", "/exec?x", false},
		{"/Exec", "/Exec", false},
		{"/executor", "/executor", false},
	}
	for _, tt := range tests {
		for _, node := range []string{"n1", "%6e1", `\u006e1`} {
			e := proxied(t, "/api/v1/nodes/"+node+"/proxy"+tt.behind, "nodes", "n1")
			if got := string(AppendPath(nil, e)); got != tt.want || Enters(e) != tt.enters {
				t.Errorf("%s%s: %q, %v", node, tt.behind, got, Enters(e))
			}
		}
	}
}

// TestTarget: names that are words of the path do not confuse it.
func TestTarget(t *testing.T) {
	tests := []struct{ uri, resource, name, want string }{
		{"/api/v1/namespaces/proxy/pods/proxy/proxy/proxy/proxy/", "pods", "proxy", "/proxy/proxy/"},
		{"/api/v1/namespaces/proxy/pods/namespaces/proxy/exec", "pods", "namespaces", "/exec"},
		{"/api/v1/namespaces/a/services/https:s:443/proxy/run", "services", "https:s:443", "/run"},
		{"/api/v1/nodes/n1/proxy/nodes/n1/proxy/exec", "nodes", "n1", "/nodes/n1/proxy/exec"},
		{"/api/v1/nodes/n1/proxy/exec", "nodes", "n2", ""},
		{"/x", "nodes", "n1", ""},
	}
	for _, tt := range tests {
		if got := string(AppendPath([]byte("before"), proxied(t, tt.uri, tt.resource, tt.name))); got != "before"+tt.want {
			t.Errorf("%s: %q, want %q", tt.uri, got, tt.want)
		}
	}
}

func FuzzAppendPath(f *testing.F) {
	for _, seed := range []string{"//exec", "/x/../exec", "%2f.%2e", ".", "/./", "?"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, behind string) {
		if strings.ContainsAny(behind, "\"\\") || strings.ContainsFunc(behind, func(r rune) bool { return r < ' ' }) {
			t.Skip("no content of a JSON string as it stands")
		}
		got := string(AppendPath(nil, proxied(t, "/api/v1/nodes/n1/proxy/"+behind, "nodes", "n1")))
		if !strings.HasPrefix(got, "/") || strings.Contains(got, "//") || strings.Contains(got, "/../") || strings.Contains(got, "/./") {
			t.Errorf("%q: %q is not clean", behind, got)
		}
	})
}

func BenchmarkEnters(b *testing.B) {
	e := proxied(b, "/api/v1/nodes/n1/proxy/stats/summary?only_cpu_and_memory=true", "nodes", "n1")
	b.ReportAllocs()
	for b.Loop() {
		Enters(e)
	}
}

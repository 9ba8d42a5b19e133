package enrich

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/networks"
)

// deed is what the object of an event says was done.
type deed struct {
	Action, Class      string
	Action_Code        string
	Outcome            string
	Target             struct{ Group, Resource, Subresource, Namespace, Name, Path string }
	Client             string
	Client_Version     string
	Interactive        *bool
	Field_Manager      string
	Source_IP, Network string
	Session            *struct {
		ID, Phase, Kind, Container, Outcome string
		Argv                                []string
		TTY, Stdin                          *bool
		Start, End                          string
		Duration_MS                         *float64
	}
}

// request is a record: its verb, its URI, its objectRef without braces, and other members.
func request(verb, uri, target, more string) string {
	quoted, _ := json.Marshal(uri)
	record := `{"auditID":"1","stage":"ResponseComplete","requestURI":` + string(quoted) + `,"verb":"` + verb + `"`
	if target != "" {
		record += `,"objectRef":{` + target + `}`
	}
	if !strings.Contains(more, `"user"`) {
		record += `,"user":{"username":"jane"}`
	}
	return record + more + `}`
}

func deedOf(t testing.TB, n *Enricher, record string) (*event.Event, deed) {
	t.Helper()
	e := decode(t, record)
	var d deed
	if err := json.Unmarshal(append(n.Enrich(e, nil), '}'), &d); err != nil {
		t.Fatalf("%v: %s", err, e.Enrichment)
	}
	return e, d
}

const (
	code200 = `,"responseStatus":{"code":200}`
	code201 = `,"responseStatus":{"code":201}`
)

func TestOutcome(t *testing.T) {
	const dry = "/x?dryRun=All"
	for _, tt := range []struct {
		verb, uri, subresource string
		code                   int
		more, want             string
	}{
		{"get", "/x", "", 0, "", ""}, {"get", "/x", "", 200, "", "allowed"}, {"get", "/x", "", 304, "", "allowed"}, {"get", "/x", "exec", 101, "", "allowed"},
		{"get", "/x", "", 401, "", "denied"}, {"get", "/x", "", 403, `,"annotations":{"authorization.k8s.io/decision":"allow"}`, "denied"},
		{"get", "/x", "", 404, "", "failed"}, {"create", "/x", "", 422, "", "failed"}, {"get", "/x", "", 500, "", "failed"}, {"get", "/x", "", 429, "", "failed"},
		{"create", dry, "", 201, "", "dry-run"}, {"patch", "/x?fieldManager=k&dryRun=All", "", 200, "", "dry-run"}, {"create", "/x?dryR%75n=All", "", 201, "", "dry-run"}, {"create", "/x?x=%41", "", 201, "", "allowed"}, {"create", dry, "", 403, "", "denied"}, {"create", dry, "", 0, "", ""},
		{"get", "/x", "proxy", 403, `,"annotations":{"authorization.k8s.io/decision":"allow"}`, "failed"}, {"get", "/x", "proxy", 403, `,"annotations":{"authorization.k8s.io/decision":"forbid"}`, "denied"},
		{"get", "/x", "proxy", 0, `,"responseStatus":{"code":403,"reason":"Forbidden"},"annotations":{"authorization.k8s.io/decision":"allow"}`, "denied"}, // by admission
		{"get", "/x", "proxy", 401, "", "denied"}, {"get", "/x", "exec", 403, `,"annotations":{"authorization.k8s.io/decision":"allow"}`, "denied"},
		{"get", dry, "", 200, "", "allowed"}, {"create", dry, "exec", 101, "", "allowed"}, {"create", dry, "token", 201, "", "allowed"},
		{"delete", "/x", "", 200, `,"level":"Request","requestObject":{"dryRun":["All"]}`, "dry-run"},
		{"delete", dry, "", 200, `,"level":"Request","requestObject":{"kind":"DeleteOptions"}`, "allowed"}, // the body counts
		{"delete", dry, "", 200, `,"level":"Metadata"`, "allowed"},                                         // there may have been one
	} {
		target := `"resource":"pods","namespace":"a","name":"b","subresource":"` + tt.subresource + `"`
		if !strings.Contains(tt.more, "responseStatus") {
			tt.more += fmt.Sprintf(`,"responseStatus":{"code":%d}`, tt.code)
		}
		_, d := deedOf(t, New(Config{}), request(tt.verb, tt.uri, target, tt.more))
		if d.Outcome != tt.want {
			t.Errorf("%s %s %s %d %s: %q, want %q", tt.verb, tt.uri, tt.subresource, tt.code, tt.more, d.Outcome, tt.want)
		}
	}
}

func TestTarget(t *testing.T) {
	for _, tt := range []struct{ verb, uri, target, more, want string }{
		{"get", "/x", `"resource":"pods","namespace":"a","name":"b","subresource":"log"`, "", "{ pods log a b }"},
		{"get", "/x", `"resource":"deployments","apiGroup":"apps","namespace":"a"`, "", "{apps deployments  a  }"},
		{"create", "/x", `"resource":"pods","namespace":"a"`, `,"requestObject":{"metadata":{"generateName":"b-"}},"responseObject":{"metadata":{"name":"b-x7"}}`, "{ pods  a b-x7 }"},
		{"create", "/x", `"resource":"pods","namespace":"a"`, `,"requestObject":{"metadata":{"name":"b"}},"responseObject":{"kind":"Status","metadata":{}}`, "{ pods  a b }"},
		{"create", "/x", `"resource":"pods","namespace":"a"`, "", "{ pods  a  }"},
		{"get", "/version?x=y", "", "", "{     /version}"},
		{"get", "/a%3Fb\u0026c?d", "", "", "{     /a%3Fb&c}"},
	} {
		if _, d := deedOf(t, New(Config{}), request(tt.verb, tt.uri, tt.target, tt.more)); fmt.Sprint(d.Target) != tt.want {
			t.Errorf("%s %s %s: %v, want %s", tt.verb, tt.uri, tt.target, d.Target, tt.want)
		}
	}
}

func TestInteractive(t *testing.T) {
	const clientGo = " (linux/amd64) kubernetes/abc"
	for _, tt := range []struct{ user, agent, verb, uri, subresource, want string }{
		{"jane", "kubectl/v1.36.3" + clientGo, "get", "/x", "", "true"}, {"jane", "kubectl.exe/v1.36.3" + clientGo, "get", "/x", "", "true"},
		{"jane", "kubectl-argo/v1", "get", "/x", "", "true"}, {"jane", "k9s/v0.32", "watch", "/x?allowWatchBookmarks=true", "", "true"}, {"jane", "Helm/3.14", "get", "/x", "", "true"},
		{"jane", "mytool/1", "patch", "/x?fieldManager=kubectl-edit", "", "true"},
		{"jane", "curl/8", "get", "/x", "", ""}, {"jane", "terraform/1.5" + clientGo, "get", "/x", "", ""}, {"jane", "", "get", "/x", "", ""},
		{"jane", "x/1" + clientGo + "/leader-election", "update", "/x", "", "false"}, {"jane", "x/1", "watch", "/x?allowWatchBookmarks=true", "", "false"},
		{"system:serviceaccount:a:b", "x/1" + clientGo, "get", "/x", "", "false"}, {"system:serviceaccount:a:b", "kubectl/v1" + clientGo, "get", "/x", "", ""},
		{"system:serviceaccount:a:b", "curl/8", "get", "/x", "", ""}, {"system:serviceaccount:a:b", "kubectl/v1" + clientGo, "get", "/x?stdin=true&tty=true", "exec", "true"},
		{"system:node:a", "kubelet/v1" + clientGo, "get", "/x", "", "false"}, {"system:node:a", "kubectl/v1" + clientGo, "get", "/x", "", ""}, {"system:kube-scheduler", "kube-scheduler/v1", "get", "/x", "", "false"},
		{"system:anonymous", "kubectl/v1" + clientGo, "get", "/x", "", ""},
	} {
		target := `"resource":"pods","namespace":"a","name":"b","subresource":"` + tt.subresource + `"`
		_, d := deedOf(t, New(Config{}), request(tt.verb, tt.uri, target, `,"user":{"username":"`+tt.user+`"},"userAgent":"`+tt.agent+`"`))
		got := ""
		if d.Interactive != nil {
			got = fmt.Sprint(*d.Interactive)
		}
		if got != tt.want {
			t.Errorf("%s with %q %s %s: %q, want %q", tt.user, tt.agent, tt.verb, tt.uri, got, tt.want)
		}
	}
}

func TestFieldManager(t *testing.T) {
	for _, tt := range []struct{ verb, uri, want string }{
		{"patch", "/x?fieldManager=kubectl-edit&fieldValidation=Strict", "kubectl-edit"}, {"create", "/x?a=b&fieldManager=my%20tool%22", `my tool"`},
		{"create", "/x?a=b&fieldManager=a+b&fieldManager=c", "a b"}, {"get", "/x?fieldManager=a", ""}, {"patch", "/x?afieldManager=a", ""}, {"patch", "/x", ""},
		{"patch", "/x?fieldManager=" + strings.Repeat("a", 1000), ""}, {"patch", "/x?fieldManager=%zz", ""}, {"patch", "/x?fieldManager=%ff%00", "\ufffd\x00"},
	} {
		if _, d := deedOf(t, New(Config{}), request(tt.verb, tt.uri, `"resource":"pods"`, "")); d.Field_Manager != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.verb, tt.uri, d.Field_Manager, tt.want)
		}
	}
}

// TestClientsAreRemembered: what was said before of other user agents changes nothing.
func TestClientsAreRemembered(t *testing.T) {
	n := New(Config{})
	for round := range 3 {
		for i := range 500 {
			agent := fmt.Sprintf("program-%d/v%d (linux/amd64) kubernetes/%d", i%97, i%89, i)
			e, d := deedOf(t, n, request("get", "/x", `"resource":"pods"`, `,"userAgent":"`+agent+`"`))
			if want := fmt.Sprintf("program-%d", i%97); d.Client != want || d.Client_Version != fmt.Sprintf("v%d", i%89) || e.String(e.Client) != want {
				t.Fatalf("round %d: %q is %q %q %q", round, agent, d.Client, d.Client_Version, e.String(e.Client))
			}
		}
	}
}

func TestNetwork(t *testing.T) {
	labels, err := networksOf("office 10.8.0.0/16", "lab 2001:db8::/32")
	if err != nil {
		t.Fatal(err)
	}
	n := New(Config{Networks: labels})
	for range 2 { // the second time from memory
		for address, want := range map[string]string{
			"10.8.0.7": "office", "::ffff:10.8.0.7": "office", "2001:db8::1": "lab", "10.9.0.1": "", "not an address": "", strings.Repeat("1", 60): "", "": "",
		} {
			if _, d := deedOf(t, n, request("get", "/x", "", `,"sourceIPs":["10.8.0.1","`+address+`"]`)); d.Network != want || d.Source_IP != address {
				t.Errorf("%s is in %q, want %q", address, d.Network, want)
			}
		}
	}
}

// TestSession holds the session of both events of one.
func TestSession(t *testing.T) {
	const times = `,"requestReceivedTimestamp":"2026-11-22T11:50:42.521917Z","stageTimestamp":"2026-11-22T11:50:42.541952Z","responseStatus":{"code":101}`
	record := request("get", "/x/exec?command=sh&command=-c&command=%1b%e2%80%ae%22&container=main&tty=true", `"resource":"pods","namespace":"prod","name":"web","subresource":"exec"`, times)
	_, end := deedOf(t, New(Config{}), record)
	_, start := deedOf(t, New(Config{}), strings.Replace(record, "ResponseComplete", "ResponseStarted", 1))
	_, received := deedOf(t, New(Config{}), strings.Replace(record, "ResponseComplete", "RequestReceived", 1))
	if received.Session != nil || start.Session == nil || end.Session == nil {
		t.Fatal("a session belongs to its start and its end")
	}
	if s := start.Session; s.Phase != "start" || s.Outcome != "upgraded" || s.End != "" || s.Duration_MS != nil || s.ID != end.Session.ID || len(s.ID) != 32 {
		t.Errorf("the start is %+v", s)
	}
	s := end.Session
	if s.Phase != "end" || s.Kind != "exec" || s.Container != "main" || s.Outcome != "ended" || *s.Duration_MS != 20.035 || !*s.TTY || *s.Stdin ||
		s.Start != "2026-11-22T11:50:42.521917Z" || s.End != "2026-11-22T11:50:42.541952Z" || fmt.Sprintf("%q", s.Argv) != `["sh" "-c" "\x1b\u202e\""]` {
		t.Errorf("the end is %+v", s)
	}
	if want := `exec into pod prod/web: sh -c '\x1b\u202e"'`; end.Action != want {
		t.Errorf("the phrase is %s, want %s", end.Action, want)
	}
}

// networksOf makes networks of lines LABEL PREFIX.
func networksOf(lines ...string) (*networks.Networks, error) {
	labels := map[string][]netip.Prefix{}
	for _, line := range lines {
		label, text, _ := strings.Cut(line, " ")
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		labels[label] = append(labels[label], prefix)
	}
	return networks.New(labels), nil
}

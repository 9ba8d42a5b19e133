package session

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/eventtest"
)

var decode = eventtest.Decode

// connect is an event of a session in the pod prod/web; uri is what follows the pod's own.
func connect(t testing.TB, subresource, query, more string) *event.Event {
	t.Helper()
	uri, _ := json.Marshal("/api/v1/namespaces/prod/pods/web/" + subresource + query)
	return decode(t, `{"auditID":"a","stage":"ResponseStarted","requestURI":`+string(uri)+`,"verb":"get","user":{"username":"jane"},`+
		`"sourceIPs":["10.0.0.7"],"objectRef":{"resource":"pods","namespace":"prod","name":"web","subresource":"`+subresource+`"}`+more+`}`)
}

// show is a session in short.
func show(s *Session) string {
	if s == nil {
		return "none"
	}
	text := fmt.Sprintf("%s %q", s.Kind, s.Argv)
	if s.Clipped {
		text += " clipped"
	}
	if s.Container != nil {
		text += fmt.Sprintf(" in %q", s.Container)
	}
	if s.Stdin {
		text += " stdin"
	}
	if s.TTY {
		text += " tty"
	}
	if s.Kind == Copy {
		text += fmt.Sprintf(" out=%v %q", s.Out, s.Path)
	}
	return text
}

func TestRead(t *testing.T) {
	args := func(argv ...string) string { return "?" + url.Values{"command": argv}.Encode() }
	tests := []struct{ subresource, query, want string }{
		{"exec", "?command=sh&command=-c&command=cat+%2Fetc%2Fshadow&container=main&stderr=true&stdout=true", `exec ["sh" "-c" "cat /etc/shadow"] in "main"`},
		{"exec", "?command=%2Fbin%2Fbash&container=main&stdin=true&stdout=true&tty=true", `exec ["/bin/bash"] in "main" stdin tty`},
		{"exec", args("echo 'zażółć 🚀 & \"quoted\"' > /tmp/x"), `exec ["echo 'zażółć 🚀 & \"quoted\"' > /tmp/x"]`},
		{"exec", "", `exec []`},
		{"exec", "?command=&command=a", `exec ["" "a"]`},
		{"exec", "?command=%zz&command=a;b&command=c", `exec ["c"]`}, // the API server drops these pairs, too
		{"exec", "?comm%61nd=id&Command=no", `exec ["id"]`},
		{"exec", "?command=a&tty=0&tty=1&stdin=False&container=&container=x", `exec ["a"] in ""`},
		{"exec", "?command=a&tty=&stdin=no", `exec ["a"] stdin tty`}, // all but 0 and false is true
		{"exec", "?command=%ff%00%E2%80%AE", `exec ["\xff\x00\u202e"]`},
		{"attach", "?container=main&stdin=true&tty=true&command=no", `attach [] in "main" stdin tty`},
		{"attach", "?container=debugger-x7k2p&stdin=true", `debug [] in "debugger-x7k2p" stdin`},
		{"portforward", "?ports=80", `port-forward []`},
		{"log", "?container=main", "none"},
		{"proxy", "?command=id", "none"},
		// cp, and what only looks like it
		{"exec", args("tar", "cf", "-", "/etc/passwd"), `cp ["tar" "cf" "-" "/etc/passwd"] out=true "/etc/passwd"`},
		{"exec", args("sh", "-c", "tar cf - /data/a b | tail -c+100"), `exec ["sh" "-c" "tar cf - /data/a b | tail -c+100"]`},
		{"exec", args("sh", "-c", "tar cf - /data/a | tail -c+100"), `cp ["sh" "-c" "tar cf - /data/a | tail -c+100"] out=true "/data/a"`},
		{"exec", args("sh", "-c", "tar cf - $(id) | tail -c+100"), `exec ["sh" "-c" "tar cf - $(id) | tail -c+100"]`},
		{"exec", args("sh", "-c", "tar cf - /a | tail -c+1;id"), `exec ["sh" "-c" "tar cf - /a | tail -c+1;id"]`},
		{"exec", args("sh", "-c", "tar cf - /a;id"), `exec ["sh" "-c" "tar cf - /a;id"]`},
		{"exec", args("tar", "cf", "-", "--to-command=id"), `exec ["tar" "cf" "-" "--to-command=id"]`},
		{"exec", args("tar", "cf", "-", ""), `exec ["tar" "cf" "-" ""]`},
		{"exec", args("tar", "-xmf", "-"), `cp ["tar" "-xmf" "-"] out=false ""`},
		{"exec", args("tar", "-xmf", "-", "-C", "/tmp"), `cp ["tar" "-xmf" "-" "-C" "/tmp"] out=false "/tmp"`},
		{"exec", args("tar", "--no-same-permissions", "--no-same-owner", "-xmf", "-", "-C", "/tmp"), `cp ["tar" "--no-same-permissions" "--no-same-owner" "-xmf" "-" "-C" "/tmp"] out=false "/tmp"`},
		{"exec", args("tar", "-xmf", "-", "-C", "/tmp", "--to-command=id"), `exec ["tar" "-xmf" "-" "-C" "/tmp" "--to-command=id"]`},
		{"exec", args("tar", "-xmf", "-", "-C", "-I id"), `exec ["tar" "-xmf" "-" "-C" "-I id"]`},
	}
	var r Reader
	for _, tt := range tests {
		if got := show(r.Read(connect(t, tt.subresource, tt.query, ""))); got != tt.want {
			t.Errorf("%s%s\n got %s\nwant %s", tt.subresource, tt.query, got, tt.want)
		}
	}
}

func TestReadBody(t *testing.T) {
	const kubectl = `{"spec":{"ephemeralContainers":[{"command":["sh"],"image":"busybox","name":"dbg","stdin":true,"tty":true}]}}`
	tests := []struct{ body, want string }{
		{kubectl, `debug ["sh"] in "dbg" stdin tty`},
		{`{"spec":{"ephemeralContainers":[{"name":"evil","command":["sh"],"tty":true},{"name":"old","command":["true"]}]}}`, `debug []`},
		{`{"spec":{"ephemeralContainers":[{"name":"n\u0065w","command":["a\n"],"args":["b","c"],"tty":"true"}]}}`, `debug ["a\n" "b" "c"] in "new"`},
		{`[{"op":"add","path":"/spec/ephemeralContainers/-","value":{"name":"x"}}]`, `debug []`},
		{`{"spec":{"ephemeralContainers":{"name":"x"}}}`, `debug []`},
		{`{"spec":{"ephemeralContainers":["x",7]}}`, `debug []`},
		{`"encoded"`, `debug []`},
	}
	var r Reader
	for _, tt := range tests {
		e := connect(t, "ephemeralcontainers", "", `,"requestObject":`+tt.body)
		e.Members[event.Verb] = event.Member{} // any but get
		if got := strings.Replace(show(r.Read(e)), ` in ""`, "", 1); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.body, got, tt.want)
		}
	}
	if s := r.Read(connect(t, "ephemeralcontainers", "", "")); s != nil {
		t.Errorf("to look at them is no session: %s", show(s))
	}
}

// TestOnlyPods: others have subresources of these names, too.
func TestOnlyPods(t *testing.T) {
	var r Reader
	for _, target := range []string{
		`"resource":"pods","apiGroup":"example.org","subresource":"exec"`, `"resource":"vms","subresource":"exec"`, `"resource":"pods"`, `"resource":"pods","subresource":"Exec"`,
	} {
		if s := r.Read(decode(t, `{"auditID":"a","stage":"Panic","requestURI":"/x?command=id","objectRef":{`+target+`}}`)); s != nil {
			t.Errorf("%s: %s", target, show(s))
		}
	}
}

// TestNodeDebugger: kubectl debug node makes a pod and attaches to it.
func TestNodeDebugger(t *testing.T) {
	e := decode(t, `{"auditID":"a","stage":"Panic","requestURI":"/x?container=debugger","objectRef":{"resource":"pods","name":"node-debugger-cp-1-abcde","subresource":"attach"}}`)
	if got := show(new(Reader).Read(e)); got != `debug [] in "debugger"` {
		t.Error(got)
	}
}

// TestBounds: however much the caller wrote, little is kept, and what is kept is whole characters.
func TestBounds(t *testing.T) {
	var r Reader
	for _, arg := range []string{"ż", "%C5%BC", "a", "%", "+", "%61", "\xff"} {
		for _, lead := range []string{"", "a", "ab", "%61bcdefghij"} {
			s := r.Read(connect(t, "exec", "?container=%61x"+strings.Repeat("y", 400)+"&command="+lead+strings.Repeat(arg, 3000), ""))
			size := 0
			for _, a := range s.Argv {
				size += len(a)
				if !utf8.Valid(a) && arg != "\xff" {
					t.Errorf("%s: a character was cut", arg)
				}
			}
			if size > maxArgv || len(s.Container) > maxContainer || arg != "%" && (!s.Clipped || size < maxArgv-3) {
				t.Errorf("%s%s…: %d bytes of argv, %d of container, clipped %v", lead, arg, size, len(s.Container), s.Clipped)
			}
		}
	}
	s := r.Read(connect(t, "exec", "?"+strings.Repeat("command=a&", 100), ""))
	if len(s.Argv) != maxArgs || !s.Clipped {
		t.Errorf("%d parts, clipped %v", len(s.Argv), s.Clipped)
	}
	if s = r.Read(connect(t, "exec", "?command=tar&command=cf&command=-&command="+strings.Repeat("a", 5000), "")); s.Kind != Exec {
		t.Error("what is not known in full is no copy")
	}
}

func TestOutcome(t *testing.T) {
	for _, tt := range []struct {
		stage string
		code  int
		want  string
	}{
		{"RequestReceived", 0, ""}, {"ResponseStarted", 101, "upgraded"}, {"ResponseComplete", 101, "ended"}, {"ResponseComplete", 200, "ended"},
		{"ResponseStarted", 403, "refused"}, {"ResponseComplete", 401, "refused"}, {"ResponseComplete", 404, "failed"}, {"Panic", 500, "failed"},
	} {
		e := decode(t, fmt.Sprintf(`{"auditID":"a","stage":%q,"responseStatus":{"code":%d}}`, tt.stage, tt.code))
		if got := Outcome(e); got != tt.want {
			t.Errorf("%s %d: %q, want %q", tt.stage, tt.code, got, tt.want)
		}
	}
	for stage, want := range map[string]string{"RequestReceived": "", "ResponseStarted": "start", "ResponseComplete": "end", "Panic": "end", "x": ""} {
		if got := Phase(decode(t, `{"auditID":"a","stage":"`+stage+`"}`)); got != want {
			t.Errorf("%s: %q", stage, got)
		}
	}
}

// TestID: both ends of a session have one ID, and whatever the caller chooses, no other session has it.
func TestID(t *testing.T) {
	var r Reader
	event := func(auditID, received, user, pod, rest string) [16]byte {
		return r.ID(decode(t, `{"auditID":"`+auditID+`","user":{"username":"`+user+`"},"objectRef":{"resource":"pods","namespace":"prod","name":"`+pod+
			`","subresource":"exec"},"requestReceivedTimestamp":"`+received+`",`+rest+`}`))
	}
	start := event("chosen", "2026-11-22T11:50:42.521917Z", "jane", "web", `"stage":"ResponseStarted","stageTimestamp":"2026-11-22T11:50:42.524738Z"`)
	end := event("chosen", "2026-11-22T11:50:42.521917Z", "jane", "web", `"stage":"ResponseComplete","stageTimestamp":"2026-11-22T11:50:43Z"`)
	if start != end {
		t.Error("the two ends differ")
	}
	ids := [][16]byte{start,
		event("chosen", "2026-11-22T11:50:42.521918Z", "jane", "web", `"stage":"Panic"`),
		event("chosen", "2026-11-22T11:50:42.521917Z", "bob", "web", `"stage":"Panic"`),
		event("chosen", "2026-11-22T11:50:42.521917Z", "jane", "db", `"stage":"Panic"`),
		event("other", "2026-11-22T11:50:42.521917Z", "jane", "web", `"stage":"Panic"`),
		event("chosen", "2026-11-22T11:50:42.521917Z", "jane", "web", `"stage":"Panic","sourceIPs":["10.0.0.1"]`),
		event("chosen", "2026-11-22T11:50:42.521917Z", "jane", "web", `"stage":"Panic","verb":"create"`),
	}
	for i, id := range ids {
		if slices.Index(ids, id) != i {
			t.Errorf("%d has the ID of %d", i, slices.Index(ids, id))
		}
	}
}

func TestReadDoesNotAllocate(t *testing.T) {
	events := []*event.Event{
		connect(t, "exec", "?command=sh&command=-c&command=cat+%2Fetc%2Fshadow&container=main", ""),
		connect(t, "attach", "?container=main", ""), connect(t, "portforward", "", ""), connect(t, "log", "", ""),
		connect(t, "ephemeralcontainers", "", `,"requestObject":{"spec":{"ephemeralContainers":[{"name":"x","command":["a","b"]}]}}`),
	}
	events[4].Members[event.Verb] = event.Member{}
	var r Reader
	if allocs := testing.AllocsPerRun(10, func() {
		for _, e := range events {
			r.Read(e)
			r.ID(e)
		}
	}); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// FuzzRead: whatever is in a URI, the command is what net/url finds in it.
func FuzzRead(f *testing.F) {
	f.Add("command=sh&command=-c&command=cat+%2Fetc%2Fshadow&container=main&tty=true")
	f.Add("command=%&command=;&comm%61nd=\xff&container=%00")
	f.Fuzz(func(t *testing.T, query string) {
		raw, _ := json.Marshal("/x?" + query)
		var uri string
		_ = json.Unmarshal(raw, &uri)
		var r Reader
		s := r.Read(connect(t, "exec", "?"+query, ""))
		_, after, _ := strings.Cut(uri, "?")
		values, _ := url.ParseQuery(after)
		if want := values["command"]; !s.Clipped {
			got := make([]string, len(s.Argv))
			for i, arg := range s.Argv {
				got[i] = string(arg)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		}
		if want := values.Get("container"); len(want) <= maxContainer && string(s.Container) != want {
			t.Errorf("container %q, want %q", s.Container, want)
		}
	})
}

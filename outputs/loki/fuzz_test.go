package loki

import (
	"strings"
	"testing"

	"github.com/auditship/auditship/outputs/post"
)

// FuzzAnswer takes anything for what a server says to a push: events count as stored by two answers alone, none of which says
// anything, and nothing that the server says is repeated.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []struct {
		status int
		text   string
	}{
		{204, ""}, {200, ""}, {200, "<html>please log in</html>"}, {202, ""}, {206, ""}, {301, ""}, {0, ""}, {-1, "x"}, {429, "Ingestion rate limit exceeded"}, {413, ""}, {500, "\x1b[2J"}, {400, "Max entry size '262144' bytes exceeded"},
		{400, "max entry size '-1' max entry size '99999999999999999999'"}, {400, "timestamp too old"}, {400, strings.Repeat("\xff", 1000)}, {260, "ingestion blocked"}, {404, ""},
	} {
		f.Add(seed.status, seed.text)
	}
	f.Fuzz(func(t *testing.T, status int, text string) {
		a := answerOf(post.Answer{Status: status, Text: []byte(text)})
		if want := text == "" && (status == 200 || status == 204); (a.outcome == stored) != want {
			t.Fatalf("status %d %q is outcome %d", status, text, a.outcome)
		}
		if a.limit < 0 {
			t.Errorf("got %+v", a)
		}
		if a.outcome != stored && (a.fault.Reason == "" || a.fault.Permanent != (a.outcome == refusing)) {
			t.Errorf("outcome %d with %+v", a.outcome, a.fault)
		}
		if strings.ContainsFunc(a.fault.Error(), func(r rune) bool { return r < ' ' || r > '~' }) || len(a.fault.Error()) > 100 {
			t.Errorf("the fault is %q", a.fault)
		}
	})
}

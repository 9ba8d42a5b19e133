package cli

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"unicode"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/status"
)

// obeyed wants nothing in a text that a terminal would obey, or hide.
func obeyed(t *testing.T, what, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("%s writes %q in %q", what, r, text)
		}
	}
}

// FuzzStatus takes anything for what an agent at the socket says.
func FuzzStatus(f *testing.F) {
	f.Add([]byte(`[{"input":"in","output":"out","running":true,"read":3,"blocked":"x","lag_bytes":5,"lag_seconds":1e300,"seconds_until_loss":-1,"dead_letters":{"letters":1},` +
		`"recent_gaps":[{"file":"a\u001b[2J","from":1,"to":-1,"reason":"\u009b2J"}],"server":{"failing":"\u202e"}}]`))
	f.Add([]byte(`[{"input":"\t\u0000","lag_bytes":1}]`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		all, err := status.Read(bytes.NewReader(answer))
		if err != nil {
			return
		}
		var text, json strings.Builder
		if err := errors.Join(printStatus(&text, all), status.Write(&json, nil)); err != nil {
			t.Fatal(err)
		}
		obeyed(t, "status", text.String())
	})
}

// FuzzLetter takes anything for a line of dead letters.
func FuzzLetter(f *testing.F) {
	f.Add([]byte(`{"time":"2026-01-01T00:00:00Z","reason":"\u001b[2J\u009b","id":"e3b0c44298fc1c149afbf4c8996fb924"}`), "in\x1b/out")
	f.Fuzz(func(t *testing.T, line []byte, pipeline string) {
		letter, err := deadletter.Parse(line)
		if err != nil {
			return
		}
		var text, json strings.Builder
		l := pipelineLetter{letter, pipeline, true}
		if err := printLetter(&text, l); err != nil || strings.Count(text.String(), "\n") != 1 {
			t.Errorf("got %q, %v", text.String(), err)
		}
		obeyed(t, "list", text.String())
		if err := printLetterJSON(&json, l); err != nil {
			return // a year that JSON has no form for
		}
		obeyed(t, "list --json", json.String())
	})
}

// FuzzLog: whatever stands in an attribute, what is logged is one line that no terminal obeys.
func FuzzLog(f *testing.F) {
	f.Add("audit.log\n\x1b]0;x\a", "\u009b2J\u202e")
	f.Add("\xff", "a=b \"c\"")
	f.Fuzz(func(t *testing.T, file, cause string) {
		for _, format := range []string{"text", "json"} {
			var out bytes.Buffer
			log := newLogger(&out, config.Log{Level: "info", Format: format})
			log.Warn("read log", "file", file, "error", errors.New(cause), slog.Any("list", []string{file}))
			if strings.Count(out.String(), "\n") != 1 {
				t.Errorf("%s: got %q", format, out.String())
			}
			obeyed(t, format, out.String())
		}
	})
}

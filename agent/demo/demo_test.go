package demo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/event"
)

// The whole demo, as fast as it goes: the real agent on a rotating log. The books must balance, and the story be told.
func TestDemoTellsTheStory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out bytes.Buffer
	if err := Run(t.Context(), Options{Out: &out, Lasts: 500 * time.Millisecond}); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	text := out.String()
	for _, want := range []string{
		"bob                        read secrets prod/db",
		"ran `/bin/bash` in prod/web",
		"kubernetes-admin as bob",
		"403 denied", "401 not let in", "101 begins", "dry run", "(nobody)",
		"sa ci/builder",
		"events of routine left out",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the demo does not tell of %q", want)
		}
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.ContainsAny(line, "\x1b\a\r") {
			t.Errorf("control characters in %q", line)
		}
	}
	ledger := regexp.MustCompile(`(\d+) read  =  (\d+) delivered  \+  (\d+) filtered  \+  0 dead-lettered  \+  0 in flight;  0 gaps`).FindStringSubmatch(text)
	if ledger == nil || ledger[1] != fmt.Sprint(strings.Count(sample, "\n")) {
		t.Errorf("ledger %q, want %d read and no gap\n%s", ledger, strings.Count(sample, "\n"), text[max(0, len(text)-300):])
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestDemoCanBeStopped(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	var out bytes.Buffer
	if err := Run(ctx, Options{Out: &out, Lasts: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "The ledger:") {
		t.Errorf("no ledger in %s", &out)
	}
}

// The sample is what a real API server wrote, whole.
func TestSampleIsAuditEvents(t *testing.T) {
	var decoder event.Decoder
	var e event.Event
	for i, line := range strings.Split(strings.TrimSpace(sample), "\n") {
		if err := decoder.Decode([]byte(line), &e); err != nil {
			t.Errorf("line %d: %v", i+1, err)
		}
	}
}

func TestTell(t *testing.T) {
	for name, test := range map[string]struct{ event, want, color string }{
		"denied":   {`"verb":"get","user":{},"objectRef":{"resource":"secrets","namespace":"prod","name":"db"},"responseStatus":{"code":403},"auditship":{"actor":{"kind":"human","name":"bob"}}`, "bob read secrets prod/db 403 denied", red},
		"login":    {`"verb":"list","objectRef":{"resource":"pods"},"responseStatus":{"code":401},"auditship":{"actor":{"kind":"unauthenticated"}}`, "(nobody) listed pods 401 not let in", red},
		"exec":     {`"verb":"get","requestURI":"/api/v1/namespaces/p/pods/w/exec?command=sh&command=-c&command=id","stage":"ResponseStarted","objectRef":{"resource":"pods","namespace":"p","name":"w","subresource":"exec"},"responseStatus":{"code":101},"auditship":{"actor":{"kind":"human","name":"a"}}`, "a ran `sh -c id` in p/w 101 begins", yellow},
		"as":       {`"verb":"list","objectRef":{"resource":"pods"},"responseStatus":{"code":200},"auditship":{"actor":{"kind":"human","name":"a"},"effective":{"name":"b"}}`, "a as b listed pods 200", yellow},
		"node":     {`"verb":"patch","objectRef":{"resource":"nodes","name":"n","subresource":"status"},"responseStatus":{"code":200},"auditship":{"actor":{"kind":"node","name":"n"}}`, "node n changed nodes/status n 200", plain},
		"no ref":   {`"verb":"get","requestURI":"/version","responseStatus":{"code":200},"auditship":{"actor":{"kind":"serviceaccount","namespace":"x","name":"y"},"client":"curl","source_ip":"10.0.0.1"}`, "sa x/y read /version curl 10.0.0.1 200", plain},
		"long run": {`"verb":"watch","stage":"ResponseComplete","objectRef":{"resource":"pods"},"responseStatus":{"code":200},"auditship":{"actor":{"kind":"human","name":"a"},"latency_ms":2500}`, "a watched pods 200 after 2.5 s", plain},
		"attack":   {`"verb":"get\u001b[2J","requestURI":"/\u202e","responseStatus":{"code":404},"auditship":{"actor":{"kind":"human","name":"a\nb"}}`, `a\nb get\x1b[2J /\u202e 404 failed`, plain},
	} {
		t.Run(name, func(t *testing.T) {
			line := []byte(`{"stageTimestamp":"2026-11-22T11:50:42.5Z",` + test.event + `}`)
			got := strings.Join(strings.Fields(Options{}.tell(line)), " ")
			if want := "11:50:42 " + test.want; got != want {
				t.Errorf("told %q\nwant %q", got, want)
			}
			if painted := (Options{Color: true}).tell(line); strings.Contains(painted, "\x1b["+test.color+"m") != (test.color != plain) {
				t.Errorf("painted %q, want color %q", painted, test.color)
			}
		})
	}
}

func TestPlayRotates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	lines := strings.Split(strings.TrimSpace(sample), "\n")
	if err := play(t.Context(), path, lines, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "audit*.log"))
	if err != nil || len(files) < 4 {
		t.Fatalf("files %v, %v; want several", files, err)
	}
	var all []byte
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil || len(content) > rotateAt {
			t.Errorf("%s has %d bytes, %v", file, len(content), err)
		}
		all = append(all, content...)
	}
	if got := bytes.Count(all, []byte("\n")); got != len(lines) {
		t.Errorf("%d lines, want %d", got, len(lines))
	}
}

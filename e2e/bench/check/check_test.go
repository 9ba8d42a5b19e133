package check_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/e2e/bench/check"
	"github.com/auditship/auditship/e2e/bench/corpus"
)

const log = `{"auditID":"a","stage":"ResponseComplete","verb":"get","user":{"username":"x"}}
{"auditID":"a","stage":"RequestReceived","verb":"create","user":{"username":"x"}}
{"auditID":"b","stage":"ResponseComplete","verb":"get","user":{"username":"y"}}
`

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	kept1 = `{"auditID":"a","stage":"RequestReceived","x":1,"cluster":"c","node":"n"}` + "\n"
	kept2 = `{"auditID":"b","stage":"ResponseComplete","cluster":"no","auditship":{"cluster":"c","node":"n"}}` + "\n"
	own2  = `{"auditID":"b","stage":"ResponseComplete","auditship":{"cluster":"c","node":"n"}}` + "\n"
	otlp  = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[` +
		`{"body":{"stringValue":"{\"auditID\":\"a\",\"stage\":\"RequestReceived\"}"},"attributes":[{"key":"cluster","value":{"stringValue":"c"}},{"key":"node","value":{"stringValue":"n"}}]},` +
		`{"body":{"stringValue":"{\"auditID\":\"b\",\"stage\":\"ResponseComplete\"}"},"attributes":[{"key":"cluster","value":{"stringValue":"c"}},{"key":"node","value":{"stringValue":"n"}}]}]}]}]}` + "\n"
)

func TestVerify(t *testing.T) {
	expected, err := check.FromLog(file(t, log), corpus.Filter{Users: []string{"x"}, Verbs: []string{"get", "list"}})
	if err != nil || expected.Len() != 2 {
		t.Fatalf("%d events, %v", expected.Len(), err)
	}
	large := strings.Replace(kept1, `"x":1`, `"x":"`+strings.Repeat("y", 3<<20)+`"`, 1)
	for name, c := range map[string]struct{ output, want string }{
		"all":        {kept1 + own2, ""},
		"otlp":       {otlp, ""},
		"document":   {`{"body":{"structured":` + kept1[:len(kept1)-1] + "}}\n" + own2, ""},
		"large":      {large + own2, ""},
		"missing":    {kept1, "1 of 2 events are missing"},
		"twice":      {kept1 + own2 + kept1, "there twice"},
		"not wanted": {kept1 + own2 + strings.Replace(kept1, "RequestReceived", "ResponseComplete", 1), "not expected"},
		"wrong":      {kept1 + kept2, `has cluster "no"`},
		"torn":       {kept1 + own2[:len(own2)-1], "line 2: EOF"},
		"no JSON":    {kept1 + "{\n", "line 2"},
	} {
		t.Run(name, func(t *testing.T) {
			err := expected.Verify(file(t, c.output), "c", "n")
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

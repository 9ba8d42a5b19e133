package migrate

import (
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

func TestLog(t *testing.T) {
	for path, want := range map[string]string{
		"/var/log/audit/audit.log":       "/var/log/audit/audit.log",
		"${AUDIT_DIR}/audit.log":         "${AUDIT_DIR}/audit.log",
		"/var/log/audit/audit*.log":      "/var/log/audit/audit.log",
		"/var/log/audit/audit-*.log":     "/var/log/audit/audit.log",
		"/var/log/audit/kube?.log":       "/var/log/audit/kube.log",
		"/var/log/audit/*.log":           "/var/log/audit/audit.log",
		"/var/log/audit/*":               "/var/log/audit/audit.log",
		"/var/log/audit/kube[0-9].log":   "/var/log/audit/audit.log",
		"/var/log/audit/{audit,api}.log": "/var/log/audit/audit.log",
	} {
		got, note := Log(path)
		if got != want || (note == "") != (path == want) {
			t.Errorf("%s: %s, note %q; want %s", path, got, note, want)
		}
	}
}

func TestBrief(t *testing.T) {
	if got := Brief(" a\n\tb "); got != "a b" {
		t.Errorf("%q", got)
	}
	if got := Brief(strings.Repeat("é", 45)); got != strings.Repeat("é", 40)+"…" {
		t.Errorf("%q", got)
	}
	if got := Brief("x" + strings.Repeat("é", 45)); got != "x"+strings.Repeat("é", 39)+"…" {
		t.Errorf("%q: a character is cut in two", got)
	}
}

func TestDecodeRefuses(t *testing.T) {
	if err := Decode([]byte("a: [b"), new(yaml.Node)); err == nil {
		t.Error("half a list is decoded")
	}
}

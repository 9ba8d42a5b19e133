package fluentd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLinuxAudit: the log of Linux's auditd is left to fluentd, unless it is the only one, is JSON, or was asked for.
func TestLinuxAudit(t *testing.T) {
	const linux = "<source>\n@type tail\npath /var/log/audit/audit.log\ntag linux\n<parse>\n@type %s\n</parse>\n</source>\n"
	const ours = "<source>\n@type tail\npath /k/audit.log\ntag kube\n<parse>\n@type json\n</parse>\n</source>\n"
	const rest = "<match **>\n@type stdout\n</match>\n"
	for _, c := range []struct{ text, source, want string }{
		{fmt.Sprintf(linux, "none") + ours, "", "/k/audit.log"},
		{fmt.Sprintf(linux, "json") + ours, "", "/var/log/audit/audit.log /k/audit.log"},
		{fmt.Sprintf(linux, "none"), "", "/var/log/audit/audit.log"},
		{fmt.Sprintf(linux, "none") + ours, "/var/log/audit/audit.log", "/var/log/audit/audit.log"},
	} {
		path := filepath.Join(t.TempDir(), "fluent.conf")
		if err := os.WriteFile(path, []byte(c.text+rest), 0o600); err != nil {
			t.Fatal(err)
		}
		result, err := File(path, Options{Lookup: environment, Host: "cp-1", Source: c.source})
		if err != nil {
			t.Fatal(err)
		}
		var logs []string
		for _, log := range result.Logs {
			logs = append(logs, log.Path)
		}
		if got := strings.Join(logs, " "); got != c.want {
			t.Errorf("%s--source %q: %s", c.text, c.source, got)
		}
	}
}

// TestYAML: the other form of fluentd's configurations is told, and not read as if it were this one.
func TestYAML(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fluent.yaml")
	if err := os.WriteFile(path, []byte("config:\n  - source:\n      $type: tail\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if result, err := File(path, options()); err == nil || !strings.Contains(err.Error(), "in YAML") {
		t.Errorf("%v, %v", result, err)
	}
}

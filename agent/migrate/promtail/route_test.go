package promtail

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/migrate"
)

const (
	alloyPods  = `loki.source.file "pods" { targets = [{"__path__" = "/var/log/pods/a.log"}]` + "\n"
	alloyAudit = `loki.source.file "audit" { targets = [{"__path__" = "/k/audit.log", job = "a"}]` + "\n"
	alloyOther = `loki.source.file "other" { targets = [{"__path__" = "/other/audit.log", job = "b"}]` + "\n"
	alloyDrop  = `stage.json { expressions = { verb = "" } }` + "\n" + `stage.drop { source = "verb"` + "\n" + `value = "watch" }` + "\n"
)

func to(names ...string) string {
	return "forward_to = [" + strings.Join(names, ".receiver, ") + ".receiver]\n"
}

func write(name string) string {
	return fmt.Sprintf("loki.write %q { endpoint { url = %q } }\n", name, "http://"+name+"/loki/api/v1/push")
}

func process(name, stages string, receivers ...string) string {
	return fmt.Sprintf("loki.process %q {\n%s%s}\n", name, stages, to(receivers...))
}

const agentConfig = `- name: %s
    clients: [{url: "http://%[1]s"}]
    scrape_configs: [{job_name: x, static_configs: [{labels: {__path__: %s}}]}]
`

// TestRoutes: who gets which log, and without what, is as it was. What is wanted is told line by line: the inputs with where they go, and the outputs with what is
// dropped for them.
func TestRoutes(t *testing.T) {
	for name, c := range map[string]struct {
		convert func(string) (*Result, error)
		text    string
		want    string
		warned  string // in a warning
	}{
		"another log goes elsewhere": {Alloy, alloyPods + to("loki.write.apps") + "}\n" + alloyAudit + to("loki.write.safe") + "}\n" + write("apps") + write("safe"),
			"/k/audit.log\nhttp://safe", ""},
		"stages that another log passes first": {Alloy, alloyPods + to("loki.process.p") + "}\n" + alloyAudit + to("loki.process.p", "loki.write.safe") + "}\n" +
			process("p", alloyDrop, "loki.write.apps") + write("apps") + write("safe"),
			`/k/audit.log` + "\n" + `http://apps verb == "watch"` + "\nhttp://safe", ""},
		"two logs, each with a destination": {Alloy, alloyAudit + to("loki.write.one") + "}\n" + alloyOther + to("loki.write.two") + "}\n" + write("one") + write("two"),
			"/k/audit.log [loki]\n/other/audit.log [loki-2]\nhttp://one\nhttp://two", ""},
		"two logs by the same stages": {Alloy, alloyAudit + to("loki.process.p") + "}\n" + alloyOther + to("loki.process.p") + "}\n" + process("p", alloyDrop, "loki.write.one") + write("one"),
			"/k/audit.log\n/other/audit.log\n" + `all verb == "watch"` + "\nhttp://one", ""},
		"two logs by different stages": {Alloy, alloyAudit + to("loki.process.p") + "}\n" + alloyOther + to("loki.write.one") + "}\n" + process("p", alloyDrop, "loki.write.one") + write("one"),
			"/k/audit.log\n/other/audit.log\nhttp://one", "drops other lines than line"},
		"one file_match for two sources": {Alloy, `local.file_match "m" { path_targets = [{"__path__" = "/k/audit.log"}] }` + "\n" +
			`loki.source.file "a" { targets = local.file_match.m.targets` + "\n" + to("loki.write.one") + "}\n" + `loki.source.file "b" { targets = local.file_match.m.targets` + "\n" + to("loki.write.two") + "}\n" +
			write("one") + write("two"), "/k/audit.log\nhttp://one\nhttp://two", ""},
		"by way of relabel": {Alloy, alloyAudit + to("loki.relabel.r") + "}\nloki.relabel \"r\" {\n" + to("loki.write.one") + "}\n" + write("one"), "/k/audit.log\nhttp://one", "changed labels, or dropped lines"},
		"nowhere":           {Alloy, alloyAudit + to("loki.write.one") + "}\n" + alloyOther + to("loki.echo.x") + "}\n" + write("one"), "/k/audit.log\nhttp://one", "has no client to send to"},
		"Grafana Agent": {File, "logs:\n  configs:\n  " + fmt.Sprintf(agentConfig, "apps", "/var/log/pods/a.log") + "  " + fmt.Sprintf(agentConfig, "safe", "/k/audit.log"),
			"/k/audit.log\nhttp://safe", ""},
		"Grafana Agent with clients for all": {File, "logs:\n  configs:\n  - name: a\n    scrape_configs: [{static_configs: [{labels: {__path__: /k/audit.log}}]}]\n  " +
			fmt.Sprintf(agentConfig, "safe", "/other/audit.log") + "  global: {clients: [{url: http://all}]}\n",
			"/k/audit.log [loki]\n/other/audit.log [loki-2]\nhttp://all\nhttp://safe", ""},
		"Grafana Agent whose clients for all are not used": {File, "logs:\n  global: {clients: [{url: http://all}]}\n  configs:\n  " + fmt.Sprintf(agentConfig, "safe", "/k/audit.log"),
			"/k/audit.log\nhttp://safe", ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			result, err := c.convert(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(t, result); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if c.warned != "" && !slices.ContainsFunc(result.Report.Notes, func(n migrate.Note) bool { return n.Kind == migrate.Warning && strings.Contains(n.Text, c.warned) }) {
				t.Errorf("there is no warning that it %s: %v", c.warned, result.Report.Notes)
			}
		})
	}
}

// told is who gets what by a configuration.
func told(t *testing.T, result *Result) string {
	t.Helper()
	cfg := load(t, result)
	var lines []string
	for _, in := range cfg.Inputs {
		line := in.File.Path
		if len(in.Outputs) > 0 {
			line += fmt.Sprint(" ", in.Outputs)
		}
		lines = append(lines, line)
	}
	for _, r := range cfg.Policy {
		lines = append(lines, "all "+r.When)
	}
	for _, out := range cfg.Outputs {
		line := out.Loki.URL
		for _, r := range out.Policy {
			line += " " + r.When
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func load(t *testing.T, result *Result) *config.Config {
	t.Helper()
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	path := filepath.Join(t.TempDir(), "auditship.yaml")
	if err := os.WriteFile(path, result.YAML, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, result.YAML)
	}
	return cfg
}

// TestLiteral: what looks like a variable in a text of Alloy is none.
func TestLiteral(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	text := alloyAudit + to("loki.write.one") + "}\nloki.write \"one\" { endpoint {\nurl = \"http://one\"\nbasic_auth {\nusername = `a${b`\npassword = \"${HOME}\"\n}\n} }\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := Alloy(path)
	if err != nil {
		t.Fatal(err)
	}
	if loki := load(t, result).Outputs[0].Loki; loki.Username != "a${b" || loki.Password != "${HOME}" {
		t.Errorf("%q %q", loki.Username, loki.Password)
	}
}

// TestForks: receivers that fork and lead in circles come to an end.
func TestForks(t *testing.T) {
	text := alloyAudit + to("loki.process.p") + "}\n" + process("p", "", strings.Split(strings.TrimSuffix(strings.Repeat("loki.process.p ", 40), " "), " ")...) + write("one")
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if result, err := Alloy(path); err == nil || !slices.ContainsFunc(result.Report.Notes, func(n migrate.Note) bool { return strings.Contains(n.Text, "goes in a circle") }) {
		t.Errorf("error %v", err)
	}
}

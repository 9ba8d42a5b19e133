package agent

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "github.com/auditship/auditship/"

// arrows are the imports inside the house that are allowed: what each part may use. A part is the longest prefix that
// matches.
//
// Inputs know bytes, not audit events. Outputs know events, not files of a log, rules or pipelines. Only agent and the
// configuration know every kind of either.
var arrows = map[string][]string{
	"":                            {"agent/cli"},
	"agent/cli":                   {"agent", "agent/checkpoint", "agent/completeness", "agent/config", "agent/deadletter", "agent/demo", "agent/disk", "agent/doctor", "agent/enrich", "agent/event", "agent/explain", "agent/kubeadm", "agent/logs", "agent/migrate", "agent/migrate/fluentd", "agent/migrate/positions", "agent/migrate/promtail", "agent/policy", "agent/policy/coverage", "agent/policy/lint", "agent/policy/volume", "agent/replay", "agent/roster", "agent/session", "agent/simulate", "agent/status", "agent/terminal", "inputs/file", "outputs", "outputs/elasticsearch"},
	"agent/demo":                  {"agent", "agent/config", "agent/status", "agent/terminal", "configs/policies"},
	"agent":                       {"agent/unit", "agent/buffers", "agent/checkpoint", "agent/compat", "agent/completeness", "agent/config", "agent/deadletter", "agent/disk", "agent/ecs", "agent/enrich", "agent/event", "agent/ledger", "agent/pipeline", "agent/redact", "agent/reload", "agent/replay", "agent/rules", "agent/simulate", "agent/status", "agent/trust", "inputs", "inputs/containerlog", "inputs/file", "inputs/kafka", "inputs/spool", "inputs/stdin", "inputs/webhook", "outputs", "outputs/elasticsearch", "outputs/file", "outputs/forward", "outputs/http", "outputs/kafka", "outputs/loki"},
	"agent/config":                {"agent/compat", "agent/completeness", "agent/identity", "agent/networks", "agent/redact", "agent/rules", "agent/unit", "inputs", "inputs/containerlog", "inputs/file", "inputs/kafka", "inputs/stdin", "inputs/webhook", "outputs/credentials", "outputs/elasticsearch", "outputs/file", "outputs/forward", "outputs/http", "outputs/kafka", "outputs/loki"},
	"agent/pipeline":              {"agent/buffers", "agent/checkpoint", "agent/deadletter", "agent/ecs", "agent/enrich", "agent/event", "agent/identity", "agent/ledger", "agent/redact", "agent/rules", "inputs", "outputs"},
	"agent/pipeline/pipelinetest": {"agent/checkpoint", "agent/deadletter", "agent/disk", "agent/enrich", "agent/ledger", "agent/pipeline", "agent/rules"},
	"agent/replay":                {"agent/checkpoint", "agent/deadletter", "agent/disk", "agent/event", "agent/ledger", "inputs"},
	"agent/status":                {"agent/checkpoint", "agent/completeness", "agent/deadletter", "agent/disk", "agent/ledger", "agent/replay", "inputs"},
	"agent/buffers":               {},
	"agent/checkpoint":            {"agent/disk", "agent/identity", "agent/ledger"},
	"agent/compat":                {"agent/event"},
	"agent/completeness":          {"agent/checkpoint", "agent/event", "inputs", "outputs/credentials"},
	"agent/deadletter":            {"agent/disk", "agent/event"},
	"agent/ledger":                {"inputs"},
	"agent/rules":                 {"agent/event", "agent/event/proxy", "agent/event/query", "agent/rules/when"},
	"agent/rules/when":            {"agent/event"},
	"agent/redact":                {"agent/disk", "agent/event", "agent/event/query", "outputs/credentials"},
	"agent/enrich":                {"agent/event", "agent/event/proxy", "agent/event/query", "agent/identity", "agent/networks", "agent/session", "agent/terminal"},
	"agent/identity":              {},
	"agent/policy":                {"agent/event", "agent/policy/builtin", "agent/rules"},
	"agent/policy/builtin":        {},
	"agent/policy/coverage":       {"agent/policy", "agent/rules"},
	"agent/policy/lint":           {"agent/policy", "agent/policy/builtin", "agent/rules"},
	"agent/policy/volume":         {"agent/event", "agent/policy", "agent/rules"},
	"agent/doctor":                {"agent/config", "agent/event", "agent/kubeadm", "agent/policy", "agent/policy/lint", "agent/status", "agent/terminal", "agent/trust", "outputs"},
	"agent/kubeadm":               {"agent/disk", "agent/policy", "agent/policy/lint", "agent/rules", "configs/policies"},
	"agent/roster":                {"agent/enrich", "agent/event"},
	"agent/logs":                  {},
	"agent/migrate":               {},
	"agent/migrate/fluentd":       {"agent/migrate", "agent/migrate/fluentd/conf"},
	"agent/migrate/fluentd/conf":  {},
	"agent/migrate/positions":     {"agent/migrate", "inputs/file"},
	"agent/migrate/promtail":      {"agent/migrate"},
	"agent/networks":              {},
	"agent/reload":                {},
	"agent/ecs":                   {"agent/event"},
	"agent/event":                 {"agent/event/digest", "agent/event/query"},
	"agent/event/digest":          {},
	"agent/event/eventtest":       {"agent/event"},
	"agent/event/query":           {},
	"agent/event/proxy":           {"agent/event", "agent/event/query"},
	"agent/simulate":              {"agent/ecs", "agent/enrich", "agent/event", "agent/redact", "agent/rules", "agent/terminal"},
	"agent/explain":               {"agent/event", "agent/redact", "agent/rules", "agent/simulate", "agent/terminal"},
	"agent/session":               {"agent/event", "agent/event/query"},
	"agent/disk":                  {"agent/trust"},
	"agent/disk/disktest":         {"agent/disk"},
	"agent/trust":                 {},
	"agent/planted":               {},
	"agent/unit":                  {},
	"agent/terminal":              {},
	"configs/policies":            {},
	"inputs":                      {},
	"inputs/inputtest":            {"inputs"},
	"inputs/file":                 {"inputs", "agent/buffers", "agent/trust", "agent/unit"},
	"inputs/webhook":              {"inputs", "inputs/spool", "agent/unit", "outputs/credentials"},
	"inputs/containerlog":         {"inputs", "inputs/cri", "inputs/file", "inputs/spool", "inputs/stdout", "agent/disk"},
	"inputs/cri":                  {},
	"inputs/kafka":                {"inputs", "outputs/credentials", "outputs/kafka"},
	"inputs/stdin":                {"inputs", "inputs/spool", "inputs/stdout"},
	"inputs/stdout":               {},
	"inputs/spool":                {"inputs", "inputs/file", "agent/disk", "agent/unit"},
	"outputs":                     {"agent/event", "agent/disk"},
	"outputs/credentials":         {},
	"outputs/outputtest":          {"agent/event", "outputs"},
	"outputs/":                    {"outputs", "agent/buffers", "outputs/credentials", "outputs/post", "agent/event", "agent/disk", "agent/trust", "agent/unit"},
}

func TestArrowsPointOneWay(t *testing.T) {
	list := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...")
	stdout, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for decoder := json.NewDecoder(strings.NewReader(string(stdout))); ; packages++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		check(t, strings.TrimPrefix(p.ImportPath+"/", module), p.Imports)
	}
	if packages < 15 {
		t.Errorf("only %d packages seen", packages)
	}
}

func check(t *testing.T, name string, imports []string) {
	t.Helper()
	name = strings.TrimSuffix(name, "/")
	allowed, known := arrows[name]
	if !known {
		allowed, known = arrows[path.Dir(name)+"/"]
	}
	if !known {
		t.Errorf("package %s has no place in the house: add its arrows", name)
		return
	}
	may := map[string]bool{}
	for _, to := range allowed {
		may[to] = true
	}
	for _, to := range imports {
		if to, ours := strings.CutPrefix(to, module); ours && !may[to] {
			t.Errorf("%s must not import %s", name, to)
		}
	}
}

// Packages of the agent's tests stay out of its binary.
func TestBinaryHasNoTestingInIt(t *testing.T) {
	stdout, err := exec.Command("go", "list", "-deps", module[:len(module)-1]).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, dep := range strings.Fields(string(stdout)) {
		if dep == "testing" || strings.Contains(dep, "lumberjack") {
			t.Errorf("%s is linked into the binary", dep)
		}
	}
}

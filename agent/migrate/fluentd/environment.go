package fluentd

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/migrate"
	"github.com/auditship/auditship/agent/migrate/fluentd/conf"
)

// The image fluent/fluentd-kubernetes-daemonset is set up by variables that its fluent.conf has in the place of values. What follows are the variables of its
// variants elasticsearch, opensearch, kafka, kafka2 and forward by the parameters that they are (https://github.com/fluent/fluentd-kubernetes-daemonset,
// docker-image/v1.16/debian-*/conf/fluent.conf, and README); it has no variant for Loki: FLUENT_LOKI_* are those of images that were derived from it, LOKI_* those of
// grafana/fluent-plugin-loki.

// imageLog and imagePositions are where the image looks for the audit log, and keeps its position.
const (
	imageLog       = "/var/log/kubernetes/kube-apiserver-audit.log"
	imagePositions = "/var/log/kube-apiserver-audit.log.pos"
)

// logs are where the audit log may be. LogVariable names another place.
var logs = []string{imageLog, "/var/log/kubernetes/audit/audit.log", "/var/log/kube-apiserver/audit.log", "/var/log/apiserver/audit.log"}

// LogVariable says where the audit log is; the image has no variable for it.
const LogVariable = "AUDITSHIP_LOG_PATH"

// Environment makes a configuration of the variables of that image. vars are "NAME=value"; there tells whether a file exists, to find the audit log. An error means that
// there are no variables that name a destination.
func Environment(vars []string, there func(path string) bool) (*Result, error) {
	e := environ{values: map[string]string{}, vars: map[int]string{}, used: map[string]bool{}}
	for _, v := range vars {
		name, value, _ := strings.Cut(v, "=")
		e.values[name] = value
	}
	e.text(there)
	if e.destinations == 0 {
		return nil, errors.New("the environment names no destination: neither FLUENT_ELASTICSEARCH_HOST nor FLUENT_OPENSEARCH_HOST, FLUENT_KAFKA2_BROKERS, FLUENT_LOKI_URL or FLUENT_FORWARD_HOST is set")
	}
	lookup := func(name string) (string, bool) {
		value, set := e.values[name]
		return value, set
	}
	root, err := (&conf.Parser{Lookup: lookup}).Parse("environment", e.out.String())
	if err != nil {
		return nil, fmt.Errorf("environment: %w", err)
	}
	result, err := convert("environment", root, nil, Options{Lookup: lookup, Node: e.node(), Literal: true})
	if result != nil {
		e.name(&result.Report)
		e.rest(&result.Report)
		result.Report.Sort()
	}
	return result, err
}

// environ writes the configuration that the image would have.
type environ struct {
	values       map[string]string
	out          strings.Builder
	line         int
	vars         map[int]string // which variable a line is of
	used         map[string]bool
	destinations int
}

func (e *environ) add(format string, values ...any) {
	fmt.Fprintf(&e.out, format+"\n", values...)
	e.line++
}

// node is the variable that names the node.
func (e *environ) node() string {
	if e.values["NODE_NAME"] == "" && e.values["K8S_NODE_NAME"] != "" {
		return "${K8S_NODE_NAME}"
	}
	return ""
}

func (e *environ) text(there func(string) bool) {
	log := logs[0]
	for _, path := range slices.Backward(logs) {
		if there(path) {
			log = path
		}
	}
	if path := e.values[LogVariable]; path != "" {
		log = path
	}
	e.add("<source>\n@type tail\npath '%s'\npos_file %s\ntag kube-apiserver-audit\nread_from_head true\n<parse>\n@type json\n</parse>\n</source>\n<match **>\n@type copy", strings.ReplaceAll(log, "'", `\'`), imagePositions)
	e.line = strings.Count(e.out.String(), "\n")
	for _, d := range destinations {
		if slices.ContainsFunc(d.needs, func(name string) bool { return e.values[name] != "" }) {
			e.destinations++
			e.store(d)
		}
	}
	e.add("</match>")
}

// destination is a variant of the image.
type destination struct {
	kind   string
	needs  []string // it is meant if one of these is set
	always []string // parameters that the image sets itself
	params []param
}

// param is a parameter and its variable. Of several for one, the first that is set counts.
type param struct{ section, key, variable string }

func (e *environ) store(d destination) {
	e.add("<store>")
	e.add("@type %s", d.kind)
	for _, section := range []string{"", "server", "inject", "buffer"} {
		e.section(d, section)
	}
	e.add("</store>")
}

// section writes what is set of a section, and what the image sets itself.
func (e *environ) section(d destination, name string) {
	var lines, vars []string
	done := map[string]bool{}
	for _, p := range d.params {
		if value := e.values[p.variable]; p.section == name && value != "" && !done[p.key] {
			done[p.key] = true
			lines, vars = append(lines, fmt.Sprintf(`%s "#{ENV['%s']}"`, p.key, p.variable)), append(vars, p.variable)
		}
		e.used[p.variable] = true
	}
	for _, always := range d.always {
		if within, line, found := strings.Cut(always, "/"); found && within == name || !found && name == "" {
			if !found {
				line = always
			}
			if key, _, _ := strings.Cut(line, " "); !done[key] {
				lines, vars = append(lines, line), append(vars, "")
			}
		}
	}
	if len(lines) == 0 {
		return
	}
	if name != "" {
		e.add("<%s>", name)
	}
	for i, line := range lines {
		e.add("%s", line)
		if vars[i] != "" {
			e.vars[e.line] = vars[i]
		}
	}
	if name != "" {
		e.add("</%s>", name)
	}
}

// name calls notes by the variables that they are about, and drops those about what nobody has set.
func (e *environ) name(r *migrate.Report) {
	r.Notes = slices.DeleteFunc(r.Notes, func(n migrate.Note) bool { return n.Line > 0 && e.vars[n.Line] == "" && n.Kind != migrate.Warning })
	for i := range r.Notes {
		if v := e.vars[r.Notes[i].Line]; v != "" {
			r.Notes[i].What = v
		}
		r.Notes[i].Line = 0
	}
}

// rest tells of the variables of the image that are for something else, and of those that nobody knows.
func (e *environ) rest(r *migrate.Report) {
	told := map[string]bool{}
	for _, n := range r.Notes {
		told[n.What] = true
	}
	for _, name := range slices.Sorted(maps.Values(e.vars)) {
		if !told[name] {
			r.Add(migrate.Note{File: "environment", What: name, Kind: migrate.Warning, Text: "is of an output that this version has not"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.values)) {
		if !strings.HasPrefix(name, "FLUENT") || e.used[name] {
			continue
		}
		n := migrate.Note{File: "environment", What: name, Kind: migrate.Warning, Text: "is not known, and not carried over"}
		if slices.ContainsFunc(others, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			n.Kind, n.Text = migrate.Unneeded, "is about fluentd itself, or about other logs"
		}
		r.Add(n)
	}
}

// others are the beginnings of names of variables that are not about audit logs or where they go.
var others = []string{"FLUENT_CONTAINER_TAIL_", "FLUENT_KUBERNETES_", "FLUENT_FILTER_KUBERNETES_", "FLUENT_POS_EXTRA_DIR", "FLUENT_UID", "FLUENT_SNIFFER_", "FLUENTD_", "FLUENT_CONF", "FLUENT_ELASTICSEARCH_SED_DISABLE"}

// Here tells whether a file exists on this machine.
func Here(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

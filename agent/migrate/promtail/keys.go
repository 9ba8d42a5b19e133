package promtail

import (
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/auditship/auditship/agent/migrate"
)

const nothing = "follows no audit log (none of its paths says audit); leave it with the other agent"

const itself = "is how the agent itself runs; see log, listen, admin, memory and disk of the configuration"

// top are the keys of the whole file.
func (c *converter) top() map[string]use {
	uses := c.instance()
	with(uses, c.skip(migrate.Unneeded, itself), "server", "tracing", "runtime_config", "limits_config", "global", "metrics", "traces", "integrations", "options", "wal")
	uses["logs"] = func(at string, key, value *yaml.Node) { c.mapping(value, at, c.logs(at, value)) }
	return uses
}

// logs are the keys of Grafana Agent in static mode: several configurations of promtail in one, each with clients of its own, or those of global.
func (c *converter) logs(at string, n *yaml.Node) map[string]use {
	uses := map[string]use{}
	directory, global := "", []int{}
	if value := find(n, "global"); value != nil {
		c.mapping(value, at+".global", c.instance())
		global = indices(0, len(c.clients))
	}
	uses["global"] = func(string, *yaml.Node, *yaml.Node) {} // above, wherever it stands
	uses["positions_directory"] = func(at string, key, value *yaml.Node) {
		directory = value.Value
		c.note(key.Line, at, migrate.Converted, "taken over by auditship migrate positions")
	}
	uses["configs"] = func(at string, key, value *yaml.Node) {
		c.each(value, at, func(at string, item *yaml.Node) { c.config(at, item, directory, global) })
	}
	return uses
}

// config converts one configuration of several, if it follows an audit log. Its clients get no other's lines.
func (c *converter) config(at string, n *yaml.Node, directory string, global []int) {
	if !audits(n) {
		c.note(n.Line, at, migrate.Unneeded, nothing)
		return
	}
	uses := c.instance()
	uses["name"] = func(at string, key, value *yaml.Node) {
		if directory != "" {
			c.positionsFile(filepath.Join(directory, value.Value+".yml"))
		}
		c.note(key.Line, at, migrate.Unneeded, "inputs and outputs have names")
	}
	firstJob, firstClient := len(c.jobs), len(c.clients)
	c.mapping(n, at, uses)
	to := indices(firstClient, len(c.clients))
	if len(to) == 0 {
		to = global
	}
	for i := range c.jobs[firstJob:] {
		c.jobs[firstJob+i].to = to
	}
}

// indices are the numbers from one up to, and not including, another.
func indices(from, to int) []int {
	all := []int{}
	for ; from < to; from++ {
		all = append(all, from)
	}
	return all
}

// instance are the keys that promtail and each configuration of Grafana Agent have.
func (c *converter) instance() map[string]use {
	uses := map[string]use{}
	with(uses, c.skip(migrate.Unneeded, itself), "target_config", "limits_config", "file_watch_config")
	uses["positions"] = func(at string, key, value *yaml.Node) {
		inner := map[string]use{}
		inner["filename"] = func(at string, key, value *yaml.Node) {
			c.positionsFile(value.Value)
			c.note(key.Line, at, migrate.Converted, "taken over by auditship migrate positions")
		}
		with(inner, c.skip(migrate.Unneeded, "checkpoints are in state_dir, and kept once a second"), "sync_period", "ignore_invalid_yaml")
		c.mapping(value, at, inner)
	}
	uses["client"] = func(at string, key, value *yaml.Node) { c.client(at, value) }
	uses["clients"] = func(at string, key, value *yaml.Node) { c.each(value, at, c.client) }
	uses["scrape_configs"] = func(at string, key, value *yaml.Node) { c.each(value, at, c.scrape) }
	return uses
}

// scrape converts a job, if it follows an audit log.
func (c *converter) scrape(at string, n *yaml.Node) {
	if !audits(n) {
		c.note(n.Line, at, migrate.Unneeded, nothing)
		return
	}
	way := scrape{converter: c, extracted: map[string]string{}}
	uses := map[string]use{}
	uses["job_name"] = func(at string, key, value *yaml.Node) {
		c.note(key.Line, at, migrate.Unneeded, "labels say what it is")
	}
	uses["pipeline_stages"] = func(at string, key, value *yaml.Node) { c.each(value, at, way.stage) }
	uses["entry_parser"] = c.skip(migrate.Unneeded, "an audit event is a line of JSON")
	with(uses, c.skip(migrate.Unneeded, "a log and its backups are read as they are"), "encoding", "decompression")
	uses["relabel_configs"] = c.skip(migrate.Warning, "changed labels; give outputs.loki.labels, which are the same for all events, by hand")
	uses["static_configs"] = func(at string, key, value *yaml.Node) { c.each(value, at, way.static) }
	with(uses, c.skip(migrate.Warning, "followed other things than files; auditship has inputs of the kinds file, container_log, webhook and stdin"),
		"journal", "syslog", "loki_push_api", "windows_events", "gcplog", "azure_event_hubs", "kafka", "gelf", "cloudflare", "heroku_drain", "docker_sd_configs",
		"kubernetes_sd_configs", "file_sd_configs", "consul_sd_configs", "consulagent_sd_configs")
	first := len(c.jobs)
	c.mapping(n, at, uses)
	for i := range c.jobs[first:] {
		j := &c.jobs[first+i]
		j.rules, j.labels, j.to = way.rules, append(j.labels, way.labels...), c.reach[n]
	}
}

// audits tells whether a path below a node says audit.
func audits(n *yaml.Node) bool {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && child.Value == "__path__" && i+1 < len(n.Content) && strings.Contains(strings.ToLower(n.Content[i+1].Value), "audit") {
			return true
		}
		if child.Kind != yaml.AliasNode && audits(child) {
			return true
		}
	}
	return false
}

// scrape is one of scrape_configs.
type scrape struct {
	*converter
	extracted map[string]string // what stages took out of events: the fields by the names that they have
	rules     []rule
	labels    []pair
}

// static makes an input of a path with its labels.
func (s *scrape) static(at string, n *yaml.Node) {
	in := job{line: n.Line}
	uses := map[string]use{"targets": s.skip(migrate.Unneeded, "files are always this machine's")}
	uses["labels"] = func(at string, key, value *yaml.Node) {
		labels := map[string]use{}
		for i := 0; value.Kind == yaml.MappingNode && i+1 < len(value.Content); i += 2 {
			labels[value.Content[i].Value] = func(at string, key, value *yaml.Node) {
				in.labels = append(in.labels, pair{key.Value, value.Value})
				s.note(key.Line, at, migrate.Converted, "is outputs.loki.labels.%s", migrate.Brief(key.Value))
			}
		}
		labels["__path__"] = func(at string, key, value *yaml.Node) {
			in.path = s.live(at, key, value.Value)
			s.note(key.Line, at, migrate.Converted, "is inputs.file.path")
			if in.path == migrate.LinuxAudit {
				s.note(key.Line, at, migrate.Warning, "is where Linux's auditd writes, in lines that are no JSON and would all be dead letters: take the input out, unless kube-apiserver writes it")
			}
		}
		labels["__path_exclude__"] = s.skip(migrate.Unneeded, "only the log and its backups are read")
		s.mapping(value, at, labels)
	}
	s.mapping(n, at, uses)
	if in.path != "" && strings.Contains(strings.ToLower(in.path), "audit") {
		s.jobs = append(s.jobs, in)
	}
}

// live is the log that a path means.
func (s *scrape) live(at string, key *yaml.Node, path string) string {
	log, note := migrate.Log(path)
	if note != "" {
		s.note(key.Line, at, migrate.Warning, "%s", note)
	}
	return log
}

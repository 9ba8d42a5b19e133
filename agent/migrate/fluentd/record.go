package fluentd

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/auditship/auditship/agent/migrate"
	"github.com/auditship/auditship/agent/migrate/fluentd/conf"
)

// pair is a static field.
type pair struct{ key, value string }

// clusterKeys and nodeKeys are what people call the two that auditship has words of its own for.
var (
	clusterKeys = []string{"cluster", "cluster_name", "clusterName", "clustername", "cluster_id", "k8s_cluster", "kubernetes_cluster"}
	nodeKeys    = []string{"node", "node_name", "nodename", "nodeName", "host", "hostname", "k8s_node", "kubernetes_host"}
)

// transform converts record_transformer (https://docs.fluentd.org/filter/record_transformer) and record_modifier
// (https://github.com/repeatedly/fluent-plugin-record-modifier): fields that are the same for all records become fields, bodies that are removed become a
// level, and the rest is told.
func (c *converter) transform(s section, k *chain) {
	for _, sub := range s.sub("record") {
		for _, p := range sub.Params {
			c.addField(sub, p, k)
		}
		sub.tell(migrate.Converted, "is fields, but for what warnings name")
		sub.finish()
	}
	if s.kind == "record_modifier" {
		for _, p := range s.Params {
			if _, known := modifier.find(p.Key); !known && !common(p.Key) && p.Key != "remove_keys" {
				c.addField(s, p, k) // its old form has the fields as its own parameters
			}
		}
	}
	if s.has("remove_keys") {
		c.removeKeys(s, "remove_keys", k)
	}
	if s.flag("renew_record", false) {
		s.warn("renew_record", "left nothing of the record but the new fields; auditship ships whole events: leave parts out by policy and redact")
	}
	s.tell(migrate.Converted, "is taken over as far as it is the same for all records")
	s.finish(modifier)
}

var modifier = tables(
	group(migrate.Unneeded, "there is no Ruby here, and nothing to cast", "enable_ruby", "auto_typecast", "prepare_value", "renew_record"),
	group(migrate.Unneeded, "texts of events are shipped as they are", "char_encoding"),
	group(migrate.Warning, "set the time from a field; auditship takes stageTimestamp", "renew_time_key"),
	group(migrate.Warning, "kept only some fields; auditship ships whole events: leave parts out by policy and redact", "keep_keys", "whitelist_keys"),
)

func common(key string) bool {
	_, known := everywhere.find(key)
	return known || key == "@type" || key == "type"
}

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

// addField takes over a field that is the same for all records.
func (c *converter) addField(s section, p *conf.Param, k *chain) {
	if name := p.Key; known[name] || migrate.Words[name] != "" || name == "auditship" || name == "@timestamp" {
		s.warn(p.Key, "put something else into a field of the event; auditship ships it as the API server wrote it")
		return
	}
	value, ok := c.fixed(s, p, k.tag)
	if !ok {
		s.warn(p.Key, "was made for each record, or by Ruby; auditship adds what it knows under auditship without compat (docs/events.md), or make it in an ingest pipeline of the server")
		return
	}
	switch {
	case slices.Contains(nodeKeys, p.Key) && strings.Contains(value, hostname):
		value = strings.ReplaceAll(value, hostname, "{node}")
	case slices.Contains(clusterKeys, p.Key) && k.cluster == "":
		k.cluster = value
	}
	value = strings.ReplaceAll(value, hostname, "{node}")
	k.fields = append(k.fields, pair{p.Key, value})
	s.to(p.Key, "fields."+migrate.Brief(p.Key))
}

// fixed is a value whose placeholders are known beforehand: the tag and the host's name.
func (c *converter) fixed(s section, p *conf.Param, tag string) (value string, ok bool) {
	if p.Value.Has(conf.Code) || p.Value.JSON {
		return "", false
	}
	value, ok = c.value(p.Value, p.Place, s.what(p.Key)), true
	parts := strings.Split(tag, ".")
	value = placeholder.ReplaceAllStringFunc(strings.ReplaceAll(value, "$${", "${"), func(text string) string {
		name := text[2 : len(text)-1]
		switch index, isPart := strings.CutPrefix(name, "tag_parts["); {
		case name == "hostname", name == "HOSTNAME", name == "Socket.gethostname":
			return hostname
		case name == "tag" && tag != "":
			return tag
		case isPart:
			if n, err := strconv.Atoi(strings.TrimSuffix(index, "]")); err == nil && n < len(parts) && n >= -len(parts) {
				return parts[(n+len(parts))%len(parts)]
			}
		case c.variables[name] || c.fallback(name):
			return text // one of the environment
		}
		ok = false
		return text
	})
	return value, ok
}

func (c *converter) fallback(name string) bool {
	variable, _, found := strings.Cut(name, ":-")
	return found && c.variables[variable]
}

// removeKeys: bodies can be left out, and managedFields are anyway.
func (c *converter) removeKeys(s section, key string, k *chain) {
	text := s.now(key)
	var request, response bool
	var rest []string
	for _, name := range strings.Split(text, ",") {
		switch name = strings.TrimSpace(name); strings.Join(path(name), ".") {
		case "requestObject":
			request = true
		case "responseObject":
			response = true
		case "requestObject.metadata.managedFields", "responseObject.metadata.managedFields", "":
		default:
			rest = append(rest, name)
		}
	}
	level := ""
	switch {
	case request && response:
		level = "Metadata"
	case response:
		level = "Request"
	case request:
		rest = append(rest, "requestObject (alone: a level leaves out both bodies, or the response's)")
	}
	if level != "" {
		k.policy = append(k.policy, migrate.NewBlock().Set("name", migrate.Quote(ruleName(key, s.Place))).Set("level", level))
	}
	if len(rest) > 0 {
		s.warn(key, "removed %s, which is shipped now; hide it by redact.rules, or remove it in an ingest pipeline of the server", migrate.Brief(strings.Join(rest, ", ")))
		return
	}
	s.to(key, "left out: bodies by a rule with level "+level+", managedFields always")
}

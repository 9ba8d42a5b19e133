package fluentd

import (
	"regexp"
	"strings"

	"github.com/auditship/auditship/agent/migrate"
)

// index converts how an index is named: PREFIX-DATE with logstash_format, else index_name.
func (c *converter) index(s section, out *output) {
	name := ""
	if s.flag("logstash_format", false) {
		separator, format := "-", "%Y.%m.%d"
		if p := s.Find("logstash_prefix_separator"); p != nil {
			separator = s.value("logstash_prefix_separator")
		}
		if s.may("logstash_dateformat") {
			format = s.value("logstash_dateformat")
		}
		prefix := "logstash"
		if s.may("logstash_prefix") {
			prefix = c.expand(s, "logstash_prefix", out)
		}
		name = prefix + separator + format
		for _, key := range []string{"logstash_format", "logstash_prefix", "logstash_prefix_separator", "logstash_dateformat"} {
			s.to(key, "index")
		}
		s.param("index_name", migrate.Unneeded, "counts for nothing beside logstash_format")
		s.param("include_timestamp", migrate.Converted, "@timestamp is always there")
		if !s.flag("utc_index", true) {
			s.warn("utc_index", "named indices by local time; they are named by UTC now")
		}
		c.timeKey(s)
	} else {
		name = "fluentd"
		if s.may("index_name") {
			name = c.expand(s, "index_name", out)
		}
		s.to("index_name", "index")
		s.to("logstash_format", "index")
		for _, key := range []string{"logstash_prefix", "logstash_prefix_separator", "logstash_dateformat"} {
			s.param(key, migrate.Unneeded, "counts for nothing without logstash_format")
		}
		if !s.flag("include_timestamp", false) {
			c.note(s.Place, s.what(""), migrate.Warning, "shipped no @timestamp; now events have one")
		}
		s.param("include_timestamp", migrate.Converted, "@timestamp is always there")
		c.timeKey(s)
	}
	out.block.Set("index", c.indexName(s, name))
}

// timeKey says which time of the event @timestamp was.
func (c *converter) timeKey(s section) {
	switch key := s.now("time_key"); key {
	case "", "stageTimestamp", "@timestamp":
		s.param("time_key", migrate.Converted, "@timestamp is the stageTimestamp")
	default:
		s.warn("time_key", "took @timestamp from %s; it is the stageTimestamp now", migrate.Brief(key))
	}
}

// expand replaces the placeholders of a value that are known: the tag and its parts.
func (c *converter) expand(s section, key string, out *output) string {
	p := s.Find(key)
	if p == nil {
		return ""
	}
	value, ok := c.fixed(s, p, out.chain.tag)
	if !ok {
		s.warn(key, "was made for each record, or by Ruby; X stands in the place of what is not known: correct it")
		return strings.ReplaceAll(placeholder.ReplaceAllString(value, "X"), hostname, "X")
	}
	return strings.ReplaceAll(value, hostname, "${HOSTNAME}")
}

var variables = regexp.MustCompile(`^\$\{[^}]*\}`)

// indexName is a name that the configuration takes: in lower case, as the plugin made it, and with no other parts of a date than it knows.
func (c *converter) indexName(s section, name string) string {
	var out strings.Builder
	for name != "" {
		n := max(1, len(variables.FindString(name)))
		if name[0] == '%' && len(name) > 1 {
			n = 2
		}
		switch part := name[:n]; {
		case part == "%Y", part == "%m", part == "%d", strings.HasPrefix(part, "${"):
			out.WriteString(part)
		case part == "%F":
			out.WriteString("%Y-%m-%d")
		case part[0] == '%':
			c.note(s.Place, s.what(""), migrate.Warning, "names indices by "+migrate.Brief(part)+", which is left out: only %Y, %m and %d can stand in index; correct outputs.elasticsearch.index")
		default:
			out.WriteString(strings.ToLower(part))
		}
		name = name[n:]
	}
	return strings.Trim(out.String(), "-_.+")
}

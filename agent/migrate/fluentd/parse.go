package fluentd

import (
	"slices"

	"github.com/auditship/auditship/agent/migrate"
)

// parse converts <parse> (https://docs.fluentd.org/configuration/parse-section), or the older format in the section itself.
func (c *converter) parse(s section, way *chain) {
	kind, parsers := s.now("format"), s.sub("parse")
	for _, p := range parsers {
		kind = p.kind
		if kind == "multi_format" {
			kind = c.patterns(p)
		}
		p.tell(migrate.Converted, "an audit event is a line of JSON")
		c.time(p)
		p.finish(parseTable)
	}
	if len(parsers) == 0 {
		s.to("format", "known: an audit event is a line of JSON")
		c.time(s)
		for key, e := range parseTable {
			s.param(key, e.kind, "%s", e.text)
		}
	}
	c.format(s, kind, way)
}

// patterns finds JSON among the formats that are tried one after the other.
func (c *converter) patterns(s section) (kind string) {
	for _, p := range s.sub("pattern") {
		format := p.now("format")
		if format == "" {
			format = p.kind
		}
		if kind == "" || format == "json" {
			kind = format
		}
		if format == "json" {
			p.tell(migrate.Converted, "an audit event is a line of JSON")
		} else {
			p.tell(migrate.Unneeded, "was for lines that are no JSON; such a line becomes a dead letter")
		}
		c.time(p)
		p.param("format", migrate.Converted, "says what the pattern is")
		p.finish(parseTable)
	}
	return kind
}

// format tells what is different where fluentd did not take the fields of JSON for those of the record.
func (c *converter) format(s section, kind string, way *chain) {
	switch kind {
	case "json", "":
	case "none":
		way.whole = "message"
		if p := s.sub("parse"); len(p) > 0 && p[0].has("message_key") {
			way.whole = p[0].now("message_key")
		}
	default:
		c.note(s.Place, s.what("parse"), migrate.Warning, "lines were parsed as "+migrate.Brief(kind)+", which is no format of kube-apiserver's audit log: auditship reads lines of JSON (--audit-log-format=json), any other becomes a dead letter")
	}
}

// time tells what the time of an event was. Audit events have two times, and fluentd took that of reading where time_key names none of them.
func (c *converter) time(s section) {
	key := s.now("time_key")
	keeps := s.flag("keep_time_key", false)
	switch key {
	case "stageTimestamp":
		s.to("time_key", "as it is: the time of an event is its stageTimestamp")
	case "requestReceivedTimestamp":
		s.warn("time_key", "took the time when the request came; auditship takes stageTimestamp, which is later by the latency: @timestamp, and the index around midnight, follow that")
	case "":
	default:
		s.warn("time_key", "names a field that audit events do not have, so the time was that of reading; auditship takes stageTimestamp")
	}
	if !keeps && slices.Contains([]string{"stageTimestamp", "requestReceivedTimestamp"}, key) {
		c.note(s.Place, s.what(""), migrate.Warning, "left "+key+" out of records, as keep_time_key is not true; auditship ships it")
	}
	s.param("keep_time_key", migrate.Unneeded, "events keep all their fields")
}

// reparse converts the filter parser: after format none it makes records of the lines, as auditship does.
func (c *converter) reparse(s section, way *chain) {
	key := s.now("key_name")
	parsers := s.sub("parse")
	kind := s.now("format")
	for _, p := range parsers {
		if kind = p.kind; kind == "multi_format" {
			kind = c.patterns(p)
		}
		p.tell(migrate.Converted, "an audit event is a line of JSON")
		c.time(p)
		p.finish(parseTable)
	}
	s.param("format", migrate.Converted, "an audit event is a line of JSON")
	if way.whole == "" || key != way.whole || kind != "json" {
		c.leave(s.Element, migrate.Warning, "parsed the field %s, which audit events do not have as a text of %s; auditship ships events as they are", migrate.Brief(key), migrate.Brief(kind))
		return
	}
	s.tell(migrate.Converted, "made records of the lines, which they are here from the beginning")
	if s.flag("reserve_data", false) && !s.flag("remove_key_name_field", false) {
		s.warn("reserve_data", "kept the line in %s, too; auditship ships the fields alone", migrate.Brief(key))
	}
	if s.has("hash_value_field") {
		s.warn("hash_value_field", "put the fields below %s; auditship has them at the top: change dashboards", migrate.Brief(s.now("hash_value_field")))
	}
	way.whole = ""
	s.finish(parserFilterTable, parseTable)
}

var parserFilterTable = tables(
	group(migrate.Converted, "an audit event is a line of JSON", "key_name", "format"),
	group(migrate.Unneeded, "events keep all their fields, and stageTimestamp is their time", "reserve_time", "reserve_data", "remove_key_name_field"),
	group(migrate.Unneeded, "a line that is no event becomes a dead letter", "emit_invalid_record_to_error", "suppress_parse_error_log"),
	group(migrate.Unneeded, "texts of events are shipped as they are", "replace_invalid_sequence"),
	group(migrate.Warning, "put a prefix before the names of fields; auditship does not", "inject_key_prefix"),
)

var parseTable = tables(
	group(migrate.Unneeded, "times of audit events are RFC 3339", "time_format", "time_type", "timezone", "utc", "localtime", "time_format_fallbacks", "estimate_current_event"),
	group(migrate.Unneeded, "there is one parser", "json_parser", "timeout", "timeout_timer", "stream_buffer_size"),
	group(migrate.Warning, "changed the types of fields; auditship ships them as they are", "types", "null_value_pattern", "null_empty_string"),
	group(migrate.Unneeded, "an audit event is one line", "multiline_flush_interval", "format_firstline"),
	group(migrate.Unneeded, "was for a format that audit logs do not have", "expression", "ignorecase", "multiline", "delimiter", "keys", "message_key", "with_priority", "message_format", "label_delimiter", "format1", "format2"),
)

package promtail

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/auditship/auditship/agent/migrate"
)

// stage converts one stage: https://grafana.com/docs/loki/latest/send-data/promtail/stages/.
func (s *scrape) stage(at string, n *yaml.Node) {
	uses := map[string]use{"json": s.json, "drop": s.drop, "static_labels": s.staticLabels, "timestamp": s.timestamp, "labels": s.lift}
	with(uses, s.skip(migrate.Unneeded, "an audit event is a line of JSON, of this machine's API server"), "docker", "cri", "decolorize", "multiline")
	with(uses, s.skip(migrate.Unneeded, "who, what and where are structured metadata of each entry (docs/formats.md)"), "structured_metadata", "structured_metadata_drop")
	with(uses, s.skip(migrate.Unneeded, "auditship has metrics of its own (docs/operations.md)"), "metrics")
	with(uses, s.skip(migrate.Warning, "changed the line; auditship ships events as they are, but for secrets (docs/redaction.md): write redact.rules for what it hid"), "output", "replace", "template", "pack", "regex", "logfmt", "luhn")
	with(uses, s.skip(migrate.Warning, "left out labels; give outputs.loki.labels by hand"), "labelallow", "labeldrop", "label_keep", "label_drop")
	with(uses, s.skip(migrate.Warning, "chose the tenant of each line; give outputs.loki.tenant, one for an output"), "tenant")
	with(uses, s.skip(migrate.Warning, "dropped lines beyond a rate, or at random; nothing is dropped now: rate_limit slows an output down"), "limit", "sampling")
	with(uses, s.skip(migrate.Warning, "treated some lines by a selector; write rules by hand (docs/policy.md)"), "match")
	with(uses, s.skip(migrate.Warning, "looked addresses up; auditship labels networks (networks)"), "geoip")
	with(uses, s.skip(migrate.Unneeded, "is for the logs of Windows"), "eventlogmessage", "windowsevent")
	s.mapping(n, at, uses)
}

// json remembers which fields have which names in later stages.
func (s *scrape) json(at string, key, value *yaml.Node) {
	uses := map[string]use{}
	uses["expressions"] = func(at string, key, value *yaml.Node) {
		for i := 0; value.Kind == yaml.MappingNode && i+1 < len(value.Content); i += 2 {
			field := value.Content[i+1].Value
			if field == "" || value.Content[i+1].Tag == "!!null" {
				field = value.Content[i].Value
			}
			s.extracted[value.Content[i].Value] = field
		}
		s.note(key.Line, at, migrate.Converted, "known: fields of events have their own names in rules")
	}
	with(uses, s.skip(migrate.Unneeded, "a line that is no event becomes a dead letter"), "drop_malformed")
	uses["source"] = s.skip(migrate.Warning, "took fields out of a part of the line; rules look at the event itself")
	s.mapping(value, at, uses)
}

// drop becomes a rule where it compares one field. All parts of the stage must hold.
func (s *scrape) drop(at string, key, value *yaml.Node) {
	var source, exact, expression string
	plain := true
	text := func(into *string) use {
		return func(at string, key, value *yaml.Node) {
			*into, plain = value.Value, plain && value.Kind == yaml.ScalarNode
			s.note(key.Line, at, migrate.Converted, "is part of the rule, if the stage is one")
		}
	}
	uses := map[string]use{"source": text(&source), "value": text(&exact), "expression": text(&expression)}
	uses["drop_counter_reason"] = s.skip(migrate.Unneeded, "rules have names, and counters")
	with(uses, func(at string, key, _ *yaml.Node) {
		plain = false
		s.note(key.Line, at, migrate.Warning, "dropped lines by age or length; nothing is dropped by that now")
	}, "older_than", "longer_than")
	uses["separator"] = s.skip(migrate.Unneeded, "stood between several sources; see the stage")
	s.mapping(value, at, uses)
	word, known := migrate.Words[s.extracted[source]]
	when := ""
	switch _, err := regexp.Compile(expression); {
	case !plain || !known || err != nil || exact == "" && expression == "":
		s.note(key.Line, at, migrate.Warning, "compares what can't be expressed exactly: more is kept than before; write a rule by hand (docs/policy.md)")
		return
	case expression != "":
		when = word + ".matches(" + strconv.Quote(expression) + ")"
	default:
		when = word + " == " + strconv.Quote(exact)
	}
	name := fmt.Sprintf("drop %s:%d", filepath.Base(s.file), key.Line)
	s.rules = append(s.rules, rule{name, when})
	s.note(key.Line, at, migrate.Converted, "is the rule %s; it drops also what auditship's built-in rules protect, as the stage did: remove protect: false to keep that", when)
}

func (s *scrape) staticLabels(at string, key, value *yaml.Node) {
	for i := 0; value.Kind == yaml.MappingNode && i+1 < len(value.Content); i += 2 {
		s.labels = append(s.labels, pair{value.Content[i].Value, value.Content[i+1].Value})
	}
	s.note(key.Line, at, migrate.Converted, "is labels")
}

func (s *scrape) timestamp(at string, key, value *yaml.Node) {
	uses := map[string]use{}
	uses["source"] = func(at string, key, value *yaml.Node) {
		if s.extracted[value.Value] == "stageTimestamp" {
			s.note(key.Line, at, migrate.Converted, "the time of an entry is the stageTimestamp")
			return
		}
		s.note(key.Line, at, migrate.Warning, "took another time than stageTimestamp, which auditship takes")
	}
	with(uses, s.skip(migrate.Unneeded, "times of audit events are RFC 3339"), "format", "fallback_formats", "location", "action_on_failure")
	s.mapping(value, at, uses)
}

// lift tells where labels made of fields are now.
func (s *scrape) lift(at string, key, value *yaml.Node) {
	var names []string
	for i := 0; value.Kind == yaml.MappingNode && i+1 < len(value.Content); i += 2 {
		names = append(names, value.Content[i].Value)
	}
	s.note(key.Line, at, migrate.Warning, "made labels of fields (%s), and so a stream for each value; auditship has who, what and where as structured metadata: {job=…} | verb=… in queries (docs/formats.md)", migrate.Brief(strings.Join(names, ", ")))
}

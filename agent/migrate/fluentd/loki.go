package fluentd

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/migrate"
)

// loki converts https://grafana.com/docs/loki/latest/send-data/fluentd/ (fluent-plugin-grafana-loki).
func (c *converter) loki(s section, out *output) {
	out.kind = "loki"
	s.tell(migrate.Converted, "is a loki output with compat: fluentd, in which lines have the shape that they had; what people filter by is structured metadata besides")
	address := s.take("url", "url")
	if address == "" {
		address = "https://logs-prod-us-central1.grafana.net" // the plugin's default
	}
	out.block.Set("url", strings.TrimSuffix(strings.TrimRight(address, "/"), "/loki/api/v1/push"))
	if s.may("tenant") {
		out.block.Set("tenant", s.take("tenant", "tenant"))
	}
	c.lokiLabels(s, out)
	c.credentials(s, out.block, "username", "password")
	if s.may("bearer_token_file") {
		out.block.Set("bearer_token_file", s.take("bearer_token_file", "bearer_token_file"))
	}
	tls := c.tls(s, secure{ca: "ca_cert", cert: "cert", key: "key", noVerify: "insecure_tls"})
	if !tls.Empty() && strings.HasPrefix(s.now("url"), "https") {
		out.block.Set("tls", tls)
	}
	if format := s.now("line_format"); format != "json" {
		c.note(s.Place, s.what("line_format"), migrate.Warning, "wrote lines of "+migrate.Brief(cmp.Or(format, "key_value"))+", in no fixed order; here a line is the event as JSON: use | json in queries")
	}
	s.to("line_format", "JSON")
	c.removeKeys(s, "remove_keys", &out.chain)
	s.finish(lokiTable, bufferTable)
}

// own are labels that auditship sets itself.
var own = []string{"cluster", "hour", "input", "node", "shard"}

var labelForm = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// lokiLabels converts extra_labels and <label>. Labels made of fields would be a stream for each value.
func (c *converter) lokiLabels(s section, out *output) {
	labels := migrate.NewBlock()
	var extra map[string]any
	if text := s.value("extra_labels"); text != "" && json.Unmarshal([]byte(text), &extra) != nil {
		s.warn("extra_labels", "is no JSON object")
	}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		value, text := extra[name].(string)
		switch {
		case slices.Contains(own, name):
			s.c.note(s.Place, s.what("extra_labels"), migrate.Warning, "has "+migrate.Brief(name)+", which auditship sets itself: cluster and node are those of the configuration")
			if name == "cluster" && text && out.chain.cluster == "" {
				out.chain.cluster = value
			}
		case !text || value == "" || !labelForm.MatchString(name):
			s.c.note(s.Place, s.what("extra_labels"), migrate.Warning, "has "+migrate.Brief(name)+", which is no label with a text")
		default:
			labels.Set(name, value)
		}
	}
	s.to("extra_labels", "labels")
	for _, section := range s.sub("label") {
		section.tell(migrate.Warning, "made labels of fields, and so a stream for each value; auditship has who, what and where as structured metadata: {job=…} | user=… in queries (docs/formats.md)")
		for _, p := range section.Params {
			section.warn(p.Key, "is structured metadata, if it is one of verb, user, resource, namespace, name, code, stage, source_ip and the like")
		}
	}
	if labels.Empty() {
		labels.Set("job", "kubernetes-audit")
	}
	out.block.Set("labels", labels)
}

var lokiTable = tables(
	group(migrate.Unneeded, "an audit log is no pod's", "extract_kubernetes_labels"),
	group(migrate.Warning, "made labels of fields; auditship has who, what and where as structured metadata", "label_keys", "labels"),
	group(migrate.Unneeded, "streams are kept apart without it", "include_thread_label"),
	group(migrate.Unneeded, "a line is the whole event", "drop_single_key"),
	group(migrate.Warning, "sent headers of its own; auditship does not: let a proxy add them", "custom_headers"),
	group(migrate.Unneeded, "lines are JSON", "structured_metadata"),
	group(migrate.Unneeded, "requests are compressed", "compress"),
)

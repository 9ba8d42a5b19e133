package fluentd

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/auditship/auditship/agent/migrate"
)

// elasticsearch converts https://github.com/uken/fluent-plugin-elasticsearch and https://github.com/fluent/fluent-plugin-opensearch.
func (c *converter) elasticsearch(s section, out *output) {
	s.tell(migrate.Converted, "is an elasticsearch output with compat: fluentd, in which events have the shape that they had")
	c.connection(s, out)
	c.index(s, out)
	c.tagKey(s, out)
	if key := s.now("id_key"); key != "" {
		s.warn("id_key", "made the document's _id of %s; it is the event's own ID now (a hash of the line), so that nothing is stored twice. Documents of before keep theirs", migrate.Brief(key))
	}
	if op := s.now("write_operation"); op == "index" || op == "create" || op == "" {
		s.param("write_operation", migrate.Converted, "documents are created, each once")
	}
	c.removeKeys(s, "remove_keys", &out.chain)
	s.finish(elasticsearchTable, bufferTable)
}

// dataStream converts the same for data streams.
func (c *converter) dataStream(s section, out *output) {
	s.tell(migrate.Converted, "is an elasticsearch output with a data stream, and compat: fluentd")
	c.connection(s, out)
	out.block.Set("data_stream", c.expand(s, "data_stream_name", out))
	s.to("data_stream_name", "data_stream")
	c.tagKey(s, out)
	c.removeKeys(s, "remove_keys", &out.chain)
	s.finish(elasticsearchTable, bufferTable)
}

func (c *converter) connection(s section, out *output) {
	out.kind = "elasticsearch"
	urls, https := c.urls(s, out)
	out.block.Set("urls", urls)
	for _, key := range []string{"host", "hosts", "port", "scheme", "path"} {
		s.to(key, "urls")
	}
	c.credentials(s, out.block, "user", "password")
	if s.may("api_key") {
		out.block.Set("api_key", s.take("api_key", "api_key"), "better in a file of its own: api_key_file")
	}
	tls := c.tls(s, secure{ca: "ca_file", cert: "client_cert", key: "client_key", passphrase: "client_key_pass", verify: "ssl_verify"})
	if https && !tls.Empty() {
		out.block.Set("tls", tls)
	}
	out.timeout = c.timeout(s, "request_timeout")
	if s.now("compression_level") == "no_compression" {
		out.block.Set("compression", "none")
	}
	s.param("compression_level", migrate.Converted, "is compression; gzip without a value")
}

func (c *converter) timeout(s section, key string) string {
	d, ok := parseTime(s.now(key))
	if !ok || !s.has(key) {
		return ""
	}
	if d < 10*time.Second {
		s.param(key, migrate.Unneeded, "fluentd sent a request once more that took longer, here 30s do no harm: no output waits for another")
		return ""
	}
	s.to(key, "timeout")
	return timeText(min(d, time.Hour))
}

// urls are those of host, port, scheme and path, or of hosts, which has addresses or host:port.
func (c *converter) urls(s section, out *output) (urls []string, https bool) {
	scheme, host, port, path := s.value("scheme"), s.value("host"), s.value("port"), strings.Trim(s.value("path"), "/")
	if scheme == "" {
		scheme = "http"
	}
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = "9200"
	}
	if path != "" {
		path = "/" + path
	}
	https = s.now("scheme") == "https"
	if !s.may("hosts") {
		return []string{scheme + "://" + bracket(host) + ":" + port + path}, https
	}
	for _, one := range strings.Split(s.value("hosts"), ",") {
		switch one = strings.TrimSpace(one); {
		case strings.Contains(one, "://"):
			https = https || strings.HasPrefix(one, "https:")
			urls = append(urls, c.bare(s, out, one))
		case strings.Contains(one, ":"):
			urls = append(urls, scheme+"://"+one+path)
		case one != "":
			urls = append(urls, scheme+"://"+one+":"+port+path)
		}
	}
	return urls, https
}

func bracket(host string) string {
	if strings.Count(host, ":") > 1 && !strings.HasPrefix(host, "[") && !strings.Contains(host, "${") {
		return "[" + host + "]"
	}
	return host
}

// bare is an address without user and password, which go where they belong. The plugin had them for each server.
func (c *converter) bare(s section, out *output, address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	at := strings.LastIndex(rest, "@")
	if at < 0 {
		return address
	}
	user, password, _ := strings.Cut(rest[:at], ":")
	if !out.block.Has("username") && !s.may("user") {
		out.block.Set("username", unescape(user))
		out.block.Set("password", unescape(password), "better in a file of its own: password_file")
	}
	return scheme + "://" + rest[at+1:]
}

func unescape(text string) string {
	if plain, err := url.PathUnescape(text); err == nil && !strings.Contains(text, "${") {
		return plain
	}
	return text
}

// tagKey adds the tag to events where it was shipped.
func (c *converter) tagKey(s section, out *output) {
	key := s.now("tag_key")
	if key == "" {
		key = "tag"
	}
	if s.flag("include_tag_key", false) {
		out.chain.fields = append(slices.Clone(out.chain.fields), pair{key, migrate.Quote(out.chain.tag)})
		s.to("include_tag_key", "fields."+migrate.Brief(key))
		s.to("tag_key", "fields."+migrate.Brief(key))
	}
	s.param("include_tag_key", migrate.Unneeded, "no tag is shipped")
	s.param("tag_key", migrate.Unneeded, "no tag is shipped")
}

var elasticsearchTable = tables(
	group(migrate.Unneeded, "connections, retries and other servers than the first are seen to", "reload_connections", "reload_on_failure", "reload_after", "reconnect_on_error", "resurrect_after", "sniffer_class_name", "selector_class_name",
		"max_retry_putting_template", "max_retry_get_es_version", "max_retry_get_os_version", "fail_on_putting_template_retry_exceed", "fail_on_detecting_es_version_retry_exceed", "fail_on_detecting_os_version_retry_exceed", "http_backend", "http_backend_excon_nonblock", "include_chunk_id_on_retry", "unrecoverable_error_types", "unrecoverable_record_types", "validate_client_version", "prefer_oj_serializer", "use_legacy_template", "tracking*"),
	group(migrate.Unneeded, "it works with all versions since Elasticsearch 7 and OpenSearch 1", "verify_es_version_at_startup", "default_elasticsearch_version", "verify_os_version_at_startup", "default_opensearch_version", "type_name", "target_type_key", "suppress_type_name", "content_type", "suppress_doc_wrap", "with_transporter_log", "custom_headers_compat"),
	group(migrate.Unneeded, "TLS is 1.2 or newer", "ssl_version", "ssl_min_version", "ssl_max_version"),
	group(migrate.Unneeded, "batch says how large a request is", "bulk_message_request_threshold"),
	group(migrate.Unneeded, "what a server refuses for good becomes a dead letter, with the reason", "log_es_400_reason", "log_os_400_reason", "emit_error_for_missing_id", "emit_error_label_event", "exception_backup", "ignore_exceptions"),
	group(migrate.Warning, "had an ingest pipeline change documents; set index.default_pipeline in the index template instead. What it drops becomes a dead letter", "pipeline"),
	group(migrate.Unneeded, "templates, lifecycles and aliases that are on the server stay and count; with compat: fluentd, auditship setup installs none", "template_*", "templates", "customize_template", "enable_ilm", "ilm_policy_*", "ilm_policies", "ilm_policy", "policy_overwrite", "index_prefix", "application_name", "rollover_index", "index_date_pattern", "data_stream_template_name", "data_stream_ilm_name", "data_stream_ilm_policy", "data_stream_ilm_policy_overwrite", "data_stream_template_use_index_patterns_wildcard", "data_stream_enable"),
	group(migrate.Warning, "wrote to an alias that is rolled over, in which one event could be stored twice; give a data stream, or an index with the date", "deflector_alias"),
	group(migrate.Warning, "chose index, _id or routing by a field of the record; here they follow from the event itself", "target_index_key", "target_index_affinity", "routing_key", "parent_key", "id_key", "join_index_name"),
	group(migrate.Warning, "updated documents; auditship creates each once", "write_operation", "remove_keys_on_update", "remove_keys_on_update_key"),
	group(migrate.Warning, "made one level of all fields; auditship ships them as they are, as objects", "flatten_hashes", "flatten_hashes_separator"),
	group(migrate.Warning, "sent headers of its own; auditship does not: let a proxy add them", "custom_headers"),
	group(migrate.Warning, "named a cluster of Elastic Cloud; give its address in urls, and an API key", "cloud_id", "cloud_auth"),
	group(migrate.Warning, "left its own fields out; auditship adds none of these", "remove_keys"),
	group(migrate.Unneeded, "the time of an event is its stageTimestamp, with all its digits", "time_precision", "time_key_format", "time_parse_error_tag", "time_key_exclude_timestamp", "utc_index"),
)

package fluentd

import (
	"encoding/json"
	"maps"
	nethttp "net/http"
	"slices"

	"github.com/auditship/auditship/agent/migrate"
)

// http converts https://docs.fluentd.org/output/http.
func (c *converter) http(s section, out *output) {
	out.kind = "http"
	s.tell(migrate.Converted, "is an http output with compat: fluentd, in which events have the shape that they had")
	out.block.Set("url", s.take("endpoint", "url"))
	if s.flag("json_array", false) {
		out.block.Set("format", "array")
	}
	s.to("json_array", "format: array")
	c.headers(s, out)
	for _, auth := range s.sub("auth") {
		auth.tell(migrate.Converted, "is username and password")
		c.credentials(auth, out.block, "username", "password")
		auth.param("method", migrate.Converted, "is username and password")
		auth.finish()
	}
	tls := c.tls(s, secure{ca: "tls_ca_cert_path", cert: "tls_client_cert_path", key: "tls_private_key_path", passphrase: "tls_private_key_passphrase"})
	if s.now("tls_verify_mode") == "none" {
		tls.Set("insecure_skip_verify", true, "as before; better give tls.ca_file")
	}
	s.to("tls_verify_mode", "tls.insecure_skip_verify")
	if !tls.Empty() {
		out.block.Set("tls", tls)
	}
	for _, format := range s.sub("format") {
		format.tell(migrate.Converted, "an event is JSON")
		format.finish()
	}
	out.timeout = c.timeout(s, "read_timeout")
	s.finish(httpTable, bufferTable)
}

// ownHeaders can't be set.
var ownHeaders = []string{"Authorization", "Content-Type", "Content-Encoding", "Content-Length", "Host", "Idempotency-Key", "Transfer-Encoding", "User-Agent"}

// headers converts those of every request.
func (c *converter) headers(s section, out *output) {
	var given map[string]any
	if text := s.value("headers"); text != "" && json.Unmarshal([]byte(text), &given) != nil {
		s.warn("headers", "is no JSON object")
		return
	}
	headers := migrate.NewBlock()
	for _, name := range slices.Sorted(maps.Keys(given)) {
		text, ok := given[name].(string)
		switch {
		case slices.Contains(ownHeaders, nethttp.CanonicalHeaderKey(name)):
			c.note(s.Place, s.what("headers"), migrate.Warning, "has "+migrate.Brief(name)+", which auditship sets itself: give username or bearer_token for Authorization")
		case ok:
			headers.Set(name, text)
		}
	}
	if !headers.Empty() {
		out.block.Set("headers", headers)
	}
	s.to("headers", "headers")
}

// splunk converts https://github.com/splunk/fluent-plugin-splunk-hec.
func (c *converter) splunk(s section, out *output) {
	out.kind = "http"
	s.tell(migrate.Converted, "is an http output of the format splunk, with compat: fluentd")
	protocol, host, port := s.value("protocol"), s.value("hec_host"), s.value("hec_port")
	if protocol == "" {
		protocol = "https"
	}
	if port == "" {
		port = "8088"
	}
	out.block.Set("url", protocol+"://"+bracket(host)+":"+port+"/services/collector/event").Set("format", "splunk")
	for _, key := range []string{"protocol", "hec_host", "hec_port"} {
		s.to(key, "url")
	}
	out.block.Set("bearer_token", s.take("hec_token", "bearer_token"), "better in a file of its own: bearer_token_file")
	for _, key := range []string{"index", "source", "sourcetype"} {
		if s.may(key) {
			out.block.Set(key, s.take(key, key))
		}
	}
	tls := c.tls(s, secure{ca: "ca_file", cert: "client_cert", key: "client_key", noVerify: "insecure_ssl"})
	if !tls.Empty() && s.now("protocol") != "http" {
		out.block.Set("tls", tls)
	}
	s.finish(splunkTable, bufferTable)
}

var httpTable = tables(
	group(migrate.Unneeded, "is what every request has", "http_method", "content_type", "open_timeout", "read_timeout", "write_timeout", "ssl_timeout", "reuse_connections", "bulk_request", "compress", "tls_version", "tls_ciphers"),
	group(migrate.Unneeded, "delivery is retried for ever; what the server refuses for good becomes a dead letter", "error_response_as_unrecoverable", "retryable_response_codes"),
	group(migrate.Warning, "made headers of fields of the record; auditship has the same for all events", "headers_from_placeholders"),
	group(migrate.Warning, "went through a proxy; auditship does not", "proxy"),
)

var splunkTable = tables(
	group(migrate.Warning, "made what Splunk files events under of fields of the record, or of another default; auditship has index, source and sourcetype, the same for all events, and its node for the host", "index_key", "source_key", "sourcetype_key", "host", "host_key", "default_source", "default_sourcetype", "default_index", "fields", "metrics_from_event", "metric_name_key", "metric_value_key"),
	group(migrate.Unneeded, "connections are seen to", "idle_timeout", "read_timeout", "open_timeout", "ssl_ciphers", "require_ssl_min_version", "use_ack", "channel", "ack_interval", "ack_retry_limit", "app_name", "app_version", "data_type", "coerce_to_utf8", "non_utf8_replacement_string", "gzip_compression", "custom_headers", "ca_path", "keep_keys", "time_key", "consume_chunk_on_4xx_errors"),
)

package promtail

import (
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/auditship/auditship/agent/migrate"
)

// client makes a loki output.
func (c *converter) client(at string, n *yaml.Node) {
	out := client{line: n.Line, block: migrate.NewBlock(), batch: migrate.NewBlock()}
	set := func(key string) use {
		return func(at string, from, value *yaml.Node) {
			out.block.Set(key, value.Value)
			c.note(from.Line, at, migrate.Converted, "is %s", key)
		}
	}
	uses := map[string]use{"tenant_id": set("tenant"), "bearer_token": set("bearer_token"), "bearer_token_file": set("bearer_token_file")}
	uses["url"] = func(at string, key, value *yaml.Node) {
		out.block.Set("url", strings.TrimSuffix(strings.TrimRight(value.Value, "/"), "/loki/api/v1/push"))
		c.note(key.Line, at, migrate.Converted, "is url")
	}
	uses["basic_auth"] = func(at string, key, value *yaml.Node) {
		c.mapping(value, at, map[string]use{"username": set("username"), "password": set("password"), "password_file": set("password_file"),
			"username_file": c.skip(migrate.Warning, "held the name; write it as username")})
	}
	uses["tls_config"] = func(at string, key, value *yaml.Node) { c.tls(at, value, &out) }
	uses["external_labels"] = func(at string, key, value *yaml.Node) {
		for i := 0; value.Kind == yaml.MappingNode && i+1 < len(value.Content); i += 2 {
			out.labels = append(out.labels, pair{value.Content[i].Value, value.Content[i+1].Value})
		}
		c.note(key.Line, at, migrate.Converted, "is labels")
	}
	uses["batchwait"] = func(at string, key, value *yaml.Node) {
		if d, err := time.ParseDuration(value.Value); err == nil && d > 0 {
			out.batch.Set("linger", min(d, 5*time.Second).String())
		}
		c.note(key.Line, at, migrate.Converted, "is batch.linger")
	}
	uses["timeout"] = func(at string, key, value *yaml.Node) {
		if d, err := time.ParseDuration(value.Value); err == nil && d >= 10*time.Second {
			out.timeout = min(d, time.Hour).String()
		}
		c.note(key.Line, at, migrate.Converted, "is timeout where it is 10s or more, else the default counts")
	}
	with(uses, c.skip(migrate.Unneeded, "a batch of 1 MiB suits every server"), "batchsize")
	with(uses, c.skip(migrate.Unneeded, "delivery is retried for ever, with growing pauses"), "backoff_config", "min_backoff_period", "max_backoff_period", "max_backoff_retries", "drop_rate_limited_batches", "retry_on_http_429", "queue_config")
	with(uses, c.skip(migrate.Unneeded, "outputs have names"), "name")
	with(uses, c.skip(migrate.Warning, "logged in in another way; auditship has basic authentication and bearer tokens: let a proxy do it"), "oauth2", "authorization", "proxy_url", "headers", "enable_http2", "follow_redirects", "no_proxy", "proxy_from_environment", "proxy_connect_header")
	with(uses, c.skip(migrate.Warning, "went through stages for all clients; see there"), "stream_lag_labels")
	c.mapping(n, at, uses)
	c.clients = append(c.clients, out)
}

func (c *converter) tls(at string, n *yaml.Node, out *client) {
	tls := migrate.NewBlock()
	uses := map[string]use{}
	for _, name := range []string{"ca_file", "cert_file", "key_file", "server_name"} {
		uses[name] = func(at string, key, value *yaml.Node) {
			tls.Set(name, value.Value)
			c.note(key.Line, at, migrate.Converted, "is tls.%s", name)
		}
	}
	uses["insecure_skip_verify"] = func(at string, key, value *yaml.Node) {
		tls.Set("insecure_skip_verify", value.Value == "true")
		c.note(key.Line, at, migrate.Converted, "is tls.insecure_skip_verify; better give ca_file")
	}
	with(uses, c.skip(migrate.Warning, "is in the configuration itself; put it into a file, and name that"), "ca", "cert", "key", "ca_pem", "cert_pem", "key_pem")
	with(uses, c.skip(migrate.Unneeded, "TLS is 1.2 or newer"), "min_version", "max_version")
	c.mapping(n, at, uses)
	if !tls.Empty() {
		out.block.Set("tls", tls)
	}
}

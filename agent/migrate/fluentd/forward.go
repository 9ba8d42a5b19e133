package fluentd

import "github.com/auditship/auditship/agent/migrate"

// forward converts https://docs.fluentd.org/output/forward: to other fluentds, or fluent-bits, by the forward protocol.
func (c *converter) forward(s section, out *output) {
	out.kind = "forward"
	s.tell(migrate.Converted, "is a forward output with compat: fluentd, in which events have the shape that they had")
	var addresses []string
	for _, server := range s.sub("server") {
		addresses = append(addresses, c.server(server, out))
	}
	if s.may("host") {
		addresses = append(addresses, c.server(s, out))
	}
	out.block.Set("addresses", addresses)
	if out.chain.tag != "" {
		out.block.Set("tag", migrate.Quote(out.chain.tag))
	}
	for _, security := range s.sub("security") {
		security.tell(migrate.Converted, "is shared_key")
		c.sharedKey(security, out)
		security.finish(table{"self_hostname": {migrate.Unneeded, "the node's name is told"}})
	}
	if s.now("compress") == "gzip" {
		out.block.Set("compression", "gzip")
	}
	s.param("compress", migrate.Converted, "is compression")
	tls := c.tls(s, secure{ca: "tls_cert_path", cert: "tls_client_cert_path", key: "tls_client_private_key_path", passphrase: "tls_client_private_key_passphrase", noVerify: "tls_insecure_mode"})
	if s.flag("tls_allow_self_signed_cert", false) {
		tls.Set("insecure_skip_verify", true, "as before; better give tls.ca_file")
	}
	if s.now("transport") == "tls" {
		out.block.Set("tls", tls)
	}
	for _, key := range []string{"transport", "tls_allow_self_signed_cert"} {
		s.to(key, "tls")
	}
	s.finish(forwardTable, bufferTable)
}

// server is the address of one receiver.
func (c *converter) server(s section, out *output) string {
	port := s.value("port")
	if port == "" {
		port = "24224"
	}
	if s.Name == "server" {
		s.tell(migrate.Converted, "is one of addresses")
	}
	s.to("host", "addresses")
	s.to("port", "addresses")
	c.sharedKey(s, out)
	if s.Name == "server" {
		s.finish(serverTable)
	}
	return bracket(s.value("host")) + ":" + port
}

// sharedKey is the same for all receivers here, and so are user and password.
func (c *converter) sharedKey(s section, out *output) {
	if s.may("shared_key") {
		out.block.Set("shared_key", s.take("shared_key", "shared_key"), "better in a file of its own: shared_key_file")
	}
	if s.may("username") {
		c.credentials(s, out.block, "username", "password")
	}
}

var serverTable = tables(
	group(migrate.Unneeded, "outputs have names", "name"),
	group(migrate.Warning, "shared events out, or kept a receiver in reserve; here one is used, and the next where it fails", "weight", "standby"),
)

var forwardTable = tables(
	group(migrate.Unneeded, "every chunk is acknowledged, and sent again until it is", "require_ack_response", "ack_response_timeout", "verify_connection_at_startup", "ignore_network_errors_at_startup"),
	group(migrate.Unneeded, "a receiver that fails is left for the next one", "heartbeat_type", "heartbeat_interval", "hard_timeout", "phi_failure_detector", "phi_threshold", "recover_wait", "dns_round_robin", "expire_dns_cache"),
	group(migrate.Unneeded, "connections are seen to", "send_timeout", "connect_timeout", "keepalive", "keepalive_timeout", "tls_version", "tls_ciphers", "tls_verify_hostname", "tls_cert_logical_store_name", "tls_cert_thumbprint", "tls_cert_use_enterprise_store", "time_as_integer"),
)

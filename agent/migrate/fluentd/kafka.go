package fluentd

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/migrate"
)

// kafka converts kafka2 and rdkafka2, and the older ones before them: https://github.com/fluent/fluent-plugin-kafka.
func (c *converter) kafka(s section, out *output) {
	out.kind = "kafka"
	s.tell(migrate.Converted, "is a kafka output with compat: fluentd, in which events have the shape that they had; batches are idempotent, so that none is there twice")
	c.brokers(s, out)
	c.topic(s, out)
	c.partition(s, out)
	tls := c.kafkaLogin(s, out)
	if codec := s.now("compression_codec"); slices.Contains([]string{"gzip", "snappy", "lz4", "zstd"}, codec) {
		out.block.Set("compression", codec)
	} else {
		out.block.Set("compression", "none")
	}
	s.to("compression_codec", "compression")
	if tls != nil {
		out.block.Set("tls", tls)
	}
	c.kafkaSections(s, out)
	c.rdkafka(s, out)
	s.finish(kafkaTable, bufferTable)
}

func (c *converter) brokers(s section, out *output) {
	brokers := s.take("brokers", "brokers")
	if brokers == "" {
		brokers = "localhost:9092"
	}
	var list []string
	for _, broker := range strings.Split(brokers, ",") {
		if broker = strings.TrimSpace(broker); broker != "" {
			list = append(list, broker)
		}
	}
	out.block.Set("brokers", list)
	if len(list) == 1 && strings.HasPrefix(list[0], "${") {
		c.note(s.Place, s.what("brokers"), migrate.Warning, "is one variable: the new configuration takes one HOST:PORT from it, so a list of several must be written out in brokers")
	}
	s.warn("zookeeper", "found the brokers; name them in brokers: kafka-1:9092, …")
	s.warn("zookeeper_path", "found the brokers; name them in brokers: kafka-1:9092, …")
}

// topic: a fixed one is taken, whatever the plugin calls it; without any it was the tag.
func (c *converter) topic(s section, out *output) {
	for _, key := range []string{"topic", "default_topic"} {
		if s.may(key) && !out.block.Has("topic") {
			out.block.Set("topic", c.expand(s, key, out))
			s.to(key, "topic")
		}
	}
	if !out.block.Has("topic") {
		out.block.Set("topic", migrate.Quote(out.chain.tag))
	}
	if key := s.now("topic_key"); key != "" && key != "topic" {
		s.warn("topic_key", "chose the topic by a field of the record; all events go to one topic")
	}
	s.param("topic_key", migrate.Unneeded, "no event has such a field")
	s.param("default_topic", migrate.Unneeded, "counts for nothing beside topic")
}

// partition: what decides the partition.
func (c *converter) partition(s section, out *output) {
	known := map[string]string{"auditID": "audit_id", "user.username": "user", "objectRef.namespace": "namespace"}
	for _, key := range []string{"partition_key_key", "message_key_key"} {
		field := s.now(key)
		if field == "" {
			s.param(key, migrate.Unneeded, "has no value; events of a node go to one partition, in their order")
			continue
		}
		ours := known[strings.Join(path(field), ".")]
		if ours == "" {
			s.warn(key, "chose the partition by %s; events of a node go to one partition now, in their order: see key", migrate.Brief(field))
			continue
		}
		out.block.Set("key", ours)
		s.to(key, "key: "+ours)
	}
}

// kafkaLogin converts TLS and SASL. With SASL the plugin speaks TLS unless sasl_over_ssl is false.
func (c *converter) kafkaLogin(s section, out *output) *migrate.Block {
	tls := c.tls(s, secure{ca: "ssl_ca_cert", cert: "ssl_client_cert", key: "ssl_client_cert_key", passphrase: "ssl_client_cert_key_password"})
	on := !tls.Empty() || s.flag("ssl_ca_certs_from_system", false)
	if s.may("username") {
		mechanism := map[string]string{"sha256": "SCRAM-SHA-256", "sha512": "SCRAM-SHA-512"}[s.now("scram_mechanism")]
		if mechanism == "" {
			mechanism = "PLAIN"
		}
		sasl := migrate.NewBlock().Set("mechanism", mechanism)
		c.credentials(s, sasl, "username", "password")
		out.block.Set("sasl", sasl)
		on = on || s.flag("sasl_over_ssl", true)
	}
	if !s.flag("ssl_verify_hostname", true) {
		s.warn("ssl_verify_hostname", "checked the certificate but not the name in it, which auditship always does: give tls.server_name the name that is in it")
	}
	for _, key := range []string{"username", "password", "scram_mechanism", "sasl_over_ssl", "ssl_ca_certs_from_system", "ssl_verify_hostname"} {
		s.to(key, "sasl and tls")
	}
	if !on {
		return nil
	}
	return tls
}

// kafkaSections converts <format> and <inject>.
func (c *converter) kafkaSections(s section, out *output) {
	for _, format := range s.sub("format") {
		if format.kind == "json" || format.kind == "" {
			format.tell(migrate.Converted, "an event is a message of JSON")
		} else {
			format.tell(migrate.Warning, "wrote %s; here an event is a message of JSON", migrate.Brief(format.kind))
		}
		format.finish()
	}
	if kind := s.now("output_data_type"); kind != "" && kind != "json" {
		s.warn("output_data_type", "wrote %s; here an event is a message of JSON", migrate.Brief(kind))
	}
	s.param("output_data_type", migrate.Converted, "an event is a message of JSON")
	for _, inject := range s.sub("inject") {
		c.inject(inject, out)
	}
	if s.flag("output_include_tag", false) {
		out.chain.fields = append(slices.Clone(out.chain.fields), pair{"tag", migrate.Quote(out.chain.tag)})
		s.to("output_include_tag", "fields.tag")
	}
}

// inject converts https://docs.fluentd.org/configuration/inject-section.
func (c *converter) inject(s section, out *output) {
	s.tell(migrate.Converted, "is fields, but for what warnings name")
	for _, p := range []pair{{"tag_key", migrate.Quote(out.chain.tag)}, {"hostname_key", "{node}"}} {
		if key := s.now(p.key); key != "" {
			out.chain.fields = append(slices.Clone(out.chain.fields), pair{key, p.value})
			s.to(p.key, "fields."+migrate.Brief(key))
		}
	}
	s.warn("time_key", "added the time as %s; events have stageTimestamp", migrate.Brief(s.now("time_key")))
	s.finish(table{"hostname": {migrate.Converted, "is the node"}, "time_type": {migrate.Unneeded, "events have their own times"}, "time_format": {migrate.Unneeded, "events have their own times"},
		"timezone": {migrate.Unneeded, "events have their own times"}, "localtime": {migrate.Unneeded, "events have their own times"}, "utc": {migrate.Unneeded, "events have their own times"},
		"worker_id_key": {migrate.Warning, "added the number of a process of fluentd"}})
}

// rdkafka converts the options that rdkafka2 passes on to librdkafka.
func (c *converter) rdkafka(s section, out *output) {
	p := s.Find("rdkafka_options")
	if p == nil {
		return
	}
	var options map[string]any
	if json.Unmarshal([]byte(s.now("rdkafka_options")), &options) != nil {
		s.warn("rdkafka_options", "is no JSON")
		return
	}
	var left []string
	for key := range options {
		left = append(left, key)
	}
	slices.Sort(left)
	s.warn("rdkafka_options", "passed options on to librdkafka, which are not carried over: %s; see sasl, tls and compression of docs for each", migrate.Brief(strings.Join(left, ", ")))
}

var kafkaTable = tables(
	group(migrate.Unneeded, "all replicas in sync acknowledge, and what fails is sent again for ever, exactly once", "required_acks", "ack_timeout", "max_send_retries", "idempotent", "transactional*", "max_send_limit_bytes", "discard_kafka_delivery_failed*", "use_default_for_unknown_topic", "use_default_for_unknown_partition_error", "rdkafka_delivery_handle_poll_timeout", "rdkafka_buffering_*", "rdkafka_message_max_*", "max_enqueue_retries", "enqueue_retry_backoff", "max_enqueue_bytes_per_second", "service_name", "ack_timeout_ms", "unrecoverable_error_codes", "share_producer", "active_support_notification_regex", "monitoring_list"),
	group(migrate.Unneeded, "batch says how large a request is", "kafka_agg_max_bytes", "kafka_agg_max_messages", "max_buffer_size", "max_buffer_bytesize"),
	group(migrate.Unneeded, "the agent has its own log and name", "get_kafka_client_log", "client_id", "log_level_kafka"),
	group(migrate.Unneeded, "the time of a message is that of its event", "use_event_time", "time_format", "output_include_time"),
	group(migrate.Unneeded, "no event has such a field", "exclude_topic_key", "exclude_partition_key", "exclude_message_key", "exclude_partition", "partition_key", "message_key", "headers_from_record_exclude"),
	group(migrate.Warning, "chose partition or key by other means; events of a node go to one partition, in their order", "default_partition_key", "default_message_key", "default_partition", "partitioner_hash_function", "record_key"),
	group(migrate.Warning, "added headers to messages; auditship adds none", "headers", "headers_from_record"),
	group(migrate.Warning, "logged in by Kerberos or AWS IAM; auditship has PLAIN and SCRAM", "principal", "keytab", "sasl_aws_msk_iam_*"),
	group(migrate.Warning, "asked a schema registry; here an event is a message of JSON", "schema_registry_*", "avro*"),
	group(migrate.Unneeded, "an unreachable broker is tried again, with timeouts", "connect_timeout", "socket_timeout", "seed_broker*", "broker_refresh*", "resolve_seed_brokers", "bind", "ssl_client_cert_chain"),
)

package fluentd

// destinations are the variants of the image.
var destinations = []destination{
	{"elasticsearch", []string{"FLUENT_ELASTICSEARCH_HOST", "FLUENT_ELASTICSEARCH_HOSTS"},
		[]string{"include_tag_key true", "logstash_format true", "logstash_prefix logstash", "logstash_dateformat %Y.%m.%d", "scheme http", "index_name logstash"}, search("FLUENT_ELASTICSEARCH_")},
	{"opensearch", []string{"FLUENT_OPENSEARCH_HOST", "FLUENT_OPENSEARCH_HOSTS"},
		[]string{"include_tag_key true", "logstash_format true", "logstash_prefix logstash", "logstash_dateformat %Y.%m.%d", "scheme http", "index_name logstash"}, search("FLUENT_OPENSEARCH_")},
	{"kafka2", []string{"FLUENT_KAFKA2_BROKERS"}, []string{"compression_codec gzip", "inject/tag_key fluentd_tag"}, append([]param{
		{"", "brokers", "FLUENT_KAFKA2_BROKERS"}, {"", "default_topic", "FLUENT_KAFKA2_DEFAULT_TOPIC"}, {"", "partition_key_key", "FLUENT_KAFKA2_PARTITION_KEY_KEY"},
		{"", "username", "FLUENT_KAFKA2_USERNAME"}, {"", "password", "FLUENT_KAFKA2_PASSWORD"}, {"", "scram_mechanism", "FLUENT_KAFKA2_SCRAM_MECHANISM"}, {"", "sasl_over_ssl", "FLUENT_KAFKA2_SASL_OVER_SSL"},
		{"", "output_data_type", "FLUENT_KAFKA2_OUTPUT_FORMAT_TYPE"}, {"", "get_kafka_client_log", "FLUENT_KAFKA2_GET_KAFKA_CLIENT_LOG"}, {"", "max_send_retries", "FLUENT_KAFKA2_MAX_SEND_RETRIES"},
		{"", "required_acks", "FLUENT_KAFKA2_REQUIRED_ACKS"}, {"", "ack_timeout", "FLUENT_KAFKA2_ACK_TIMEOUT"}, {"", "compression_codec", "FLUENT_KAFKA2_COMPRESSION_CODEC"},
		{"", "discard_kafka_delivery_failed", "FLUENT_KAFKA2_DISCARD_KAFKA_DELIVERY_FAILED"}, {"inject", "tag_key", "FLUENT_KAFKA2_OUTPUT_TAG_KEY"}, {"inject", "time_key", "FLUENT_KAFKA2_OUTPUT_TIME_KEY"},
	}, buffered("FLUENT_BUFFER_")...)},
	{"kafka", []string{"FLUENT_KAFKA_BROKERS"}, []string{"compression_codec gzip"}, append([]param{
		{"", "brokers", "FLUENT_KAFKA_BROKERS"}, {"", "default_topic", "FLUENT_KAFKA_DEFAULT_TOPIC"}, {"", "default_partition_key", "FLUENT_KAFKA_DEFAULT_PARTITION_KEY"}, {"", "default_message_key", "FLUENT_KAFKA_DEFAULT_MESSAGE_KEY"},
		{"", "output_data_type", "FLUENT_KAFKA_OUTPUT_DATA_TYPE"}, {"", "output_include_tag", "FLUENT_KAFKA_OUTPUT_INCLUDE_TAG"}, {"", "output_include_time", "FLUENT_KAFKA_OUTPUT_INCLUDE_TIME"},
		{"", "exclude_topic_key", "FLUENT_KAFKA_EXCLUDE_TOPIC_KEY"}, {"", "exclude_partition_key", "FLUENT_KAFKA_EXCLUDE_PARTITION_KEY"}, {"", "get_kafka_client_log", "FLUENT_KAFKA_GET_KAFKA_CLIENT_LOG"},
		{"", "max_send_retries", "FLUENT_KAFKA_MAX_SEND_RETRIES"}, {"", "required_acks", "FLUENT_KAFKA_REQUIRED_ACKS"}, {"", "ack_timeout", "FLUENT_KAFKA_ACK_TIMEOUT"}, {"", "compression_codec", "FLUENT_KAFKA_COMPRESSION_CODEC"},
		{"", "max_send_limit_bytes", "FLUENT_KAFKA_MAX_SEND_LIMIT_BYTES"}, {"", "discard_kafka_delivery_failed", "FLUENT_KAFKA_DISCARD_KAFKA_DELIVERY_FAILED"},
	}, buffered("FLUENT_BUFFER_")...)},
	{"loki", []string{"FLUENT_LOKI_URL", "LOKI_URL"}, []string{"line_format json"}, append([]param{
		{"", "url", "FLUENT_LOKI_URL"}, {"", "url", "LOKI_URL"}, {"", "username", "FLUENT_LOKI_USERNAME"}, {"", "username", "LOKI_USERNAME"}, {"", "password", "FLUENT_LOKI_PASSWORD"}, {"", "password", "LOKI_PASSWORD"},
		{"", "tenant", "FLUENT_LOKI_TENANT"}, {"", "tenant", "FLUENT_LOKI_TENANT_ID"}, {"", "insecure_tls", "FLUENT_LOKI_INSECURE_TLS"}, {"", "ca_cert", "FLUENT_LOKI_CA_CERT"}, {"", "extra_labels", "FLUENT_LOKI_EXTRA_LABELS"}, {"", "line_format", "FLUENT_LOKI_LINE_FORMAT"},
	}, buffered("FLUENT_LOKI_BUFFER_")...)},
	// The image has it misspelt.
	{"forward", []string{"FLUENT_FOWARD_HOST", "FLUENT_FORWARD_HOST"}, nil, []param{
		{"server", "host", "FLUENT_FOWARD_HOST"}, {"server", "host", "FLUENT_FORWARD_HOST"}, {"server", "port", "FLUENT_FOWARD_PORT"}, {"server", "port", "FLUENT_FORWARD_PORT"}, {"buffer", "flush_interval", "FLUENT_FORWARD_FLUSH_INTERVAL"}}},
}

// search are the variables of the variants for Elasticsearch and OpenSearch.
func search(prefix string) []param {
	var all []param
	for _, p := range [][2]string{{"host", "HOST"}, {"hosts", "HOSTS"}, {"port", "PORT"}, {"path", "PATH"}, {"scheme", "SCHEME"}, {"ssl_verify", "SSL_VERIFY"}, {"ssl_version", "SSL_VERSION"}, {"user", "USER"}, {"user", "USER_NAME"},
		{"password", "PASSWORD"}, {"ca_file", "CA_FILE"}, {"ca_file", "CA_PATH"}, {"client_cert", "CLIENT_CERT"}, {"client_key", "CLIENT_KEY"}, {"client_key_pass", "CLIENT_KEY_PASS"},
		{"reload_connections", "RELOAD_CONNECTIONS"}, {"reconnect_on_error", "RECONNECT_ON_ERROR"}, {"reload_on_failure", "RELOAD_ON_FAILURE"}, {"log_es_400_reason", "LOG_ES_400_REASON"}, {"log_os_400_reason", "LOG_OS_400_REASON"},
		{"logstash_prefix", "LOGSTASH_PREFIX"}, {"logstash_dateformat", "LOGSTASH_DATEFORMAT"}, {"logstash_format", "LOGSTASH_FORMAT"}, {"index_name", "LOGSTASH_INDEX_NAME"}, {"index_name", "INDEX_NAME"},
		{"target_index_key", "TARGET_INDEX_KEY"}, {"type_name", "LOGSTASH_TYPE_NAME"}, {"include_timestamp", "INCLUDE_TIMESTAMP"}, {"include_tag_key", "INCLUDE_TAG_KEY"}, {"tag_key", "TAG_KEY"}, {"template_name", "TEMPLATE_NAME"},
		{"template_file", "TEMPLATE_FILE"}, {"template_overwrite", "TEMPLATE_OVERWRITE"}, {"request_timeout", "REQUEST_TIMEOUT"}, {"application_name", "APPLICATION_NAME"}, {"suppress_type_name", "SUPPRESS_TYPE_NAME"},
		{"enable_ilm", "ENABLE_ILM"}, {"ilm_policy_id", "ILM_POLICY_ID"}, {"ilm_policy", "ILM_POLICY"}, {"ilm_policy_overwrite", "ILM_POLICY_OVERWRITE"}, {"cloud_id", "CLOUD_ID"}, {"cloud_auth", "CLOUD_AUTH"}} {
		all = append(all, param{"", p[0], prefix + p[1]})
	}
	return append(all, buffered(prefix+"BUFFER_")...)
}

func buffered(prefix string) []param {
	var all []param
	for _, p := range [][2]string{{"@type", "TYPE"}, {"path", "PATH"}, {"flush_thread_count", "FLUSH_THREAD_COUNT"}, {"flush_interval", "FLUSH_INTERVAL"}, {"chunk_limit_size", "CHUNK_LIMIT_SIZE"}, {"queue_limit_length", "QUEUE_LIMIT_LENGTH"},
		{"retry_max_interval", "RETRY_MAX_INTERVAL"}, {"total_limit_size", "TOTAL_LIMIT_SIZE"}, {"overflow_action", "OVERFLOW_ACTION"}} {
		all = append(all, param{"buffer", p[0], prefix + p[1]})
	}
	return all
}

package fluentd

import "github.com/auditship/auditship/agent/migrate"

// system notes what became of <system>: https://docs.fluentd.org/deployment/system-config.
func (c *converter) system(s section) {
	s.tell(migrate.Unneeded, "is how fluentd itself runs")
	if s.has("workers") && s.now("workers") != "1" {
		s.warn("workers", "ran several processes; auditship is one, and each output has a pipeline of its own")
	}
	for _, e := range s.Children {
		c.leave(e, migrate.Unneeded, "is how fluentd itself runs; see log, listen and admin of the configuration")
	}
	s.finish(systemTable)
}

var systemTable = tables(
	group(migrate.Unneeded, "is how fluentd itself runs; see log, listen and admin of the configuration",
		"workers", "root_dir", "log_level", "suppress_repeated_stacktrace", "emit_error_log_interval", "suppress_config_dump", "without_source",
		"process_name", "enable_get_dump", "enable_msgpack_time_support", "file_permission", "dir_permission", "strict_config_value", "disable_shared_socket",
		"rpc_endpoint", "counter_server", "counter_client", "ignore_repeated_log_interval", "ignore_same_log_interval", "log_event_verbose",
		"restart_worker_interval", "enable_input_metrics", "enable_size_metrics", "enable_jit", "config_include_dir", "with_source_only", "forced_stacktrace_level", "umask"),
)

package fluentd

import (
	"strings"

	"github.com/auditship/auditship/agent/migrate"
)

// destination fills an output in; false: there is none to make.
func (c *converter) destination(s section, out *output) bool {
	c.buffer(s, out)
	switch s.kind {
	case "elasticsearch", "elasticsearch_dynamic", "opensearch":
		c.elasticsearch(s, out)
	case "elasticsearch_data_stream", "opensearch_data_stream":
		c.dataStream(s, out)
	case "kafka2", "kafka_buffered", "kafka", "rdkafka2", "rdkafka":
		c.kafka(s, out)
	case "loki":
		c.loki(s, out)
	case "http":
		c.http(s, out)
	case "forward":
		c.forward(s, out)
	case "splunk_hec":
		c.splunk(s, out)
	case "file", "stdout":
		c.file(s, out)
	default:
		return c.inPlace(s, out)
	}
	return true
}

// inPlace is for an output that auditship does not have. A file stands in its place, so that the rest can be tried, and nothing is lost meanwhile.
func (c *converter) inPlace(s section, out *output) bool {
	instead := map[string]string{
		"secure_forward": "send to what the aggregator forwarded to (Elasticsearch, Loki, Kafka), which each output does by itself",
		"remote_syslog":  "send to Kafka, or have the file shipped",
		"s3":             "have the file uploaded",
	}[s.kind]
	if instead == "" {
		instead = "send to Elasticsearch, Loki or Kafka, or have the file shipped"
	}
	c.leave(s.Element, migrate.Warning, "auditship has no output of the kind %s in this version: a file stands in its place in the new configuration; %s", migrate.Brief(s.kind), instead)
	c.absent = append(c.absent, s.kind)
	out.kind = "file"
	out.comments = append(out.comments, "In place of "+migrate.Brief(s.kind)+", which this version has not.")
	out.block.Set("path", "/var/log/auditship/"+nameOf(s.kind, func(string) bool { return false })+".jsonl").Set("max_size", "100MiB").Set("max_backups", 10)
	return true
}

// file converts file and stdout.
func (c *converter) file(s section, out *output) {
	out.kind = "file"
	s.tell(migrate.Converted, "is a file of one JSON event per line")
	if s.kind == "stdout" {
		out.block.Set("path", "-")
		s.finish(fileTable, bufferTable)
		return
	}
	name := s.now("path")
	for _, part := range []string{"${tag}", "%Y", "%m", "%d", "%H", "%M", "*"} {
		name = strings.ReplaceAll(name, part, "")
	}
	name = strings.TrimRight(placeholder.ReplaceAllString(name, ""), "-_./")
	if !strings.HasPrefix(name, "/") {
		name = "/var/log/auditship/" + strings.TrimLeft(name, "./")
	}
	if !strings.HasSuffix(name, ".jsonl") {
		name = strings.TrimSuffix(name, ".log") + ".jsonl"
	}
	out.block.Set("path", migrate.Quote(name))
	s.warn("path", "was a path to which fluentd added dates; the file is %s, without date and tag before each line, and is rotated by max_size: change it as you like", migrate.Brief(name))
	out.block.Set("max_size", "100MiB").Set("max_backups", 10)
	if s.has("compress") {
		out.block.Set("compress", "zstd")
		s.param("compress", migrate.Converted, "is compress: zstd, for rotated files")
	}
	s.finish(fileTable, bufferTable)
}

var fileTable = tables(
	group(migrate.Unneeded, "the file is one, and rotated by size", "append", "path_suffix", "add_path_suffix", "time_slice_format", "time_slice_wait", "utc", "symlink_path", "symlink_path_use_relative", "recompress", "use_logger"),
	group(migrate.Warning, "chose the form of a line; here each is the event as JSON", "format", "output_type", "output_time", "output_tag", "include_tag_key", "include_time_key"),
	group(migrate.Unneeded, "the agent creates files for itself alone", "dir_permission", "file_permission"),
)

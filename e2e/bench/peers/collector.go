package peers

import (
	"context"
	"strings"

	"github.com/auditship/auditship/e2e/bench/measure"
)

// To a file the Collector writes OTLP; the line stays one string in there, which is the least work. To Elasticsearch the
// parsed event is the body of a document in its default mapping.
const collectorConfig = `{{$event := "attributes.e"}}{{$to := "attributes"}}{{if .Job.Sink}}{{$event = "body"}}{{$to = "body"}}{{end -}}
receivers:
  file_log:
    include: ["{{.Job.Log}}"]
    start_at: beginning
    max_log_size: 2MiB
    include_file_name: false
    operators:
      - {type: json_parser, parse_to: {{$event}}}
      - type: filter
        expr: '{{$event}}.verb in [{{quoted .Verbs}}] and {{$event}}.user?.username in [{{quoted .Users}}]'
      - {type: add, field: {{$to}}.cluster, value: {{.Cluster}}}
      - {type: add, field: {{$to}}.node, value: {{.Node}}}
{{- if not .Job.Sink}}
      - {type: remove, field: {{$event}}}
{{- end}}
exporters:
{{- if .Job.Sink}}
  elasticsearch:
    endpoints: ["http://{{.Job.Sink}}"]
    logs_index: audit
    compression: none
{{- else}}
  file: {path: "{{.Job.Out}}", format: json}
{{- end}}
service:
  telemetry: {logs: {level: warn}, metrics: {level: none}}
  pipelines:
    logs: {receivers: [file_log], exporters: [{{if .Job.Sink}}elasticsearch{{else}}file{{end}}]}
`

// Collector is an OpenTelemetry Collector that is built already.
func Collector(ctx context.Context, binary string) (*Peer, error) {
	version, err := output(ctx, nil, binary, "--version")
	return &Peer{Name: "otelcol", Version: strings.TrimPrefix(version, "collector version "), prepare: func(job Job) (measure.Command, error) {
		path, err := job.write("collector.yaml", collectorConfig)
		return measure.Command{Args: []string{binary, "--config", path}}, err
	}}, err
}

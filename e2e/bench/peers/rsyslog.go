package peers

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/auditship/auditship/e2e/bench/measure"
)

// The event is written as it was read, but for its first brace: faster than a property tree written as JSON.
const rsyslogConfig = `global(workDirectory="{{.Job.Dir}}" maxMessageSize="2m" parser.escapeControlCharactersOnReceive="off")
module(load="imfile" mode="inotify")
module(load="mmjsonparse")
{{- if .Job.Sink}}
module(load="omelasticsearch")
{{- end}}
template(name="event" type="list") {
	constant(value="{\"cluster\":\"{{.Cluster}}\",\"node\":\"{{.Node}}\",")
	property(name="msg" position.from="2")
{{- if not .Job.Sink}}
	constant(value="\n")
{{- end}}
}
main_queue(queue.type="linkedList" queue.size="20000" queue.dequeueBatchSize="1024" queue.workerThreads="1")
input(type="imfile" file="{{.Job.Log}}" tag="audit" ruleset="audit" freshStartTail="off" addMetadata="off" maxLinesAtOnce="0")
ruleset(name="audit") {
	action(type="mmjsonparse" cookie="")
	if ($!verb == [{{quoted .Verbs}}] and $!user!username == [{{quoted .Users}}]) then stop
{{- if .Job.Sink}}
	action(type="omelasticsearch" server="{{.Host}}" serverport="{{.Port}}" template="event" bulkmode="on" searchIndex="audit"
		searchType="" esversion.major="8" maxbytes="4m" writeoperation="create" bulkid="" dynbulkid="off" errorfile="{{.Job.Dir}}/refused")
{{- else}}
	action(type="omfile" file="{{.Job.Out}}" template="event" ioBufferSize="1m" fileCreateMode="0600")
{{- end}}
}
`

// Rsyslog is Debian's.
func Rsyslog(ctx context.Context, cache string) (*Peer, error) {
	root, err := debian(ctx, cache, "rsyslog", "rsyslog", "rsyslog-elasticsearch", "libestr0", "libfastjson4", "liblognorm5")
	if err != nil {
		return nil, err
	}
	binary, modules := filepath.Join(root, "usr/sbin/rsyslogd"), filepath.Join(root, libraries, "rsyslog")
	env := []string{libraryPath(root)}
	version, err := output(ctx, env, binary, "-v")
	version = strings.TrimPrefix(strings.Fields(version + " ?")[1], "v")
	return &Peer{Name: "rsyslog", Version: version, prepare: func(job Job) (measure.Command, error) {
		path, err := job.write("rsyslog.conf", rsyslogConfig)
		return measure.Command{
			Args: []string{binary, "-n", "-f", path, "-i", filepath.Join(job.Dir, "pid"), "-M", modules}, Env: env,
		}, err
	}}, err
}

package peers

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/auditship/auditship/e2e/bench/measure"
)

// As with rsyslog, the event is written as it was read, but for its last brace: format-json would lose lists of objects.
const syslogNGConfig = `@version: 3.38
@module affile
@module basicfuncs
@module json-plugin
{{- if .Job.Sink}}
@module http
{{- end}}
options { log-msg-size(2097152); log-fifo-size(20000); stats-freq(0); flush-lines(1000); };
source s_log { file("{{.Job.Log}}" flags(no-parse) follow-freq(1) log-fetch-limit(1000) log-iw-size(10000) read-old-records(yes)); };
parser p_json { json-parser(prefix(".j.")); };
filter f_keep { not (in-list("{{.Job.Dir}}/verbs" value(".j.verb")) and in-list("{{.Job.Dir}}/users" value(".j.user.username"))); };
destination d_out {
{{- if .Job.Sink}}
	http(url("http://{{.Job.Sink}}/_bulk") method("POST") headers("Content-Type: application/x-ndjson") batch-lines(1000) batch-bytes(4194304)
		batch-timeout(500) workers(1) timeout(30) body-suffix("\n") delimiter("\n")
		body('{"create":{"_index":"audit"}}
$(substr ${MESSAGE} 0 -1),"cluster":"{{.Cluster}}","node":"{{.Node}}"}'));
{{- else}}
	file("{{.Job.Out}}" template('$(substr ${MESSAGE} 0 -1),"cluster":"{{.Cluster}}","node":"{{.Node}}"}
'));
{{- end}}
};
log { source(s_log); parser(p_json); filter(f_keep); destination(d_out); flags(flow-control); };
`

// SyslogNG is Debian's.
func SyslogNG(ctx context.Context, cache string) (*Peer, error) {
	root, err := debian(ctx, cache, "syslog-ng", "syslog-ng-core", "syslog-ng-mod-http", "libivykis0", "libnet1", "libwrap0", "libjson-c5", "libpcre3")
	if err != nil {
		return nil, err
	}
	binary, modules := filepath.Join(root, "usr/sbin/syslog-ng"), filepath.Join(root, "usr/lib/syslog-ng/3.38")
	env := []string{libraryPath(root, "usr/lib/syslog-ng")}
	version, err := output(ctx, env, binary, "--version", "--module-path", modules)
	version = strings.Trim(version[strings.LastIndexByte(version, '(')+1:], ")")
	return &Peer{Name: "syslog-ng", Version: version, prepare: func(job Job) (measure.Command, error) {
		path, err := job.write("syslog-ng.conf", syslogNGConfig)
		_, err1 := job.write("verbs", "{{lines .Verbs}}\n")
		_, err2 := job.write("users", "{{lines .Users}}\n")
		own := func(name string) string { return filepath.Join(job.Dir, name) }
		return measure.Command{Env: env, Args: []string{
			binary, "-F", "-f", path, "--module-path", modules, "-R", own("persist"), "-p", own("pid"), "-c", own("control"), "--no-caps",
		}}, errors.Join(err, err1, err2)
	}}, err
}

package peers

import (
	"context"
	"os"
	"path/filepath"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/bench/measure"
)

const auditshipConfig = `cluster: {{.Cluster}}
node: {{.Node}}
state_dir: {{.Job.Dir}}/state
listen: 127.0.0.1:0
admin: unix://{{.Job.Dir}}/admin.sock
protect: off
{{- if .Job.Unredacted}}
redact: off
{{- end}}
inputs:
  - name: apiserver
    file: {path: {{.Job.Log}}}
policy:
{{- range .Job.Rules}}
  - {name: unused-{{.}}, level: None, users: ["user-{{.}}@example.org"], verbs: [get, update], resources: [{group: apps, resources: [deployments]}]}
{{- end}}
  - {name: machines-read, level: None, users: [{{quoted .Users}}], verbs: [{{quoted .Verbs}}]}
outputs:
{{- if .Job.Sink}}
  - name: search
    elasticsearch: {urls: ["http://{{.Job.Sink}}"], index: "audit-%Y.%m.%d", compression: none}
{{- else}}
{{- range $i, $out := .Job.Outs}}
  - {name: archive-{{$i}}, file: {path: {{$out}}}}
{{- end}}
{{- end}}
`

// Auditship is the agent of this repository: the binary that AUDITSHIP_E2E_BINARY names, or one that is built in dir.
func Auditship(ctx context.Context, repository, dir string) (*Peer, error) {
	binary := agent.Binary(os.Getenv("AUDITSHIP_E2E_BINARY"))
	if binary == "" {
		var err error
		if binary, err = agent.Build(ctx, repository, dir); err != nil {
			return nil, err
		}
	}
	return &Peer{Name: "auditship", Once: true, prepare: func(job Job) (measure.Command, error) {
		path, err := job.write("auditship.yaml", auditshipConfig)
		return measure.Command{Args: []string{string(binary), "run", "-c", path}}, err
	}}, nil
}

// Unredacted is the same agent, which ships events as they are, as all others do.
func Unredacted(agent *Peer) *Peer {
	unredacted := *agent
	unredacted.Name = "auditship, redact: off"
	unredacted.prepare = func(job Job) (measure.Command, error) {
		job.Unredacted = true
		return agent.prepare(job)
	}
	return &unredacted
}

// Yardsticks read the same log with programs that everybody has. Their output is not looked at.
func Yardsticks() []*Peer {
	var all []*Peer
	for _, name := range []string{"md5sum", "cat"} {
		all = append(all, &Peer{Name: name, prepare: func(job Job) (measure.Command, error) {
			return measure.Command{Args: []string{name, job.Log}, Stdout: filepath.Join(job.Dir, "out")}, nil
		}})
	}
	return all
}

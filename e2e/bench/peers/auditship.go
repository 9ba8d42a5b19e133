package peers

import (
	"context"
	"fmt"
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
  - {name: unused-{{.}}, level: None, {{unused .}}}
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

// unused are the keys of the n-th rule that matches nothing: every kind of key is among them, as in a policy that has grown.
func unused(n int) string {
	if n%100 == 99 {
		return fmt.Sprintf(`verbs: [delete], when: 'client == "tool-%d" && annotations["a"] == "b"'`, n)
	}
	return fmt.Sprintf([]string{
		`users: ["user-%d@example.org"], verbs: [get, update], resources: [{group: apps, resources: [deployments]}]`,
		`userGroups: ["group-%d"], namespaces: ["team-a", "prod-*"]`,
		`resources: [{group: "*.ops-%d.example.org", resources: ["*/status"]}]`,
		`nonResourceURLs: ["/probe-%d/*"]`,
		`sourceCIDRs: [10.%d.0.0/16, "2001:db8::/32"], verbs: [get]`,
		`userAgents: ["tool-%d/*"], responseCodes: [5xx]`,
		`users: ["system:serviceaccount:team-%d:*"], dryRun: true`,
	}[n%7], n)
}

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

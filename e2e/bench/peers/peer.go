// Package peers knows how to make each shipper of the comparison do the same work: read an audit log from its beginning,
// parse every line, drop what corpus.Noise drops, add Cluster and Node to what is left, and write it as lines of JSON to a
// file or send it to Elasticsearch's _bulk without compression.
//
// Where a shipper has several ways, it is given the fastest that was found, and queues and batches that suit the work.
package peers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/auditship/auditship/e2e/bench/corpus"
	"github.com/auditship/auditship/e2e/bench/measure"
)

// What every shipper adds to each event. Neither occurs in a log.
const (
	Cluster = "bench-cluster"
	Node    = "bench-node"
)

// Job is the work of one run.
type Job struct {
	Log  string // the log's path
	Dir  string // an empty directory for the shipper's own files
	Out  string // the file to write, unless
	Sink string // HOST:PORT of a bulk server is given

	// How the agent's work can grow; the others do not know this.
	Rules   int // that match nothing, before the filter
	Outputs int // files beside Out; see Outs

	Unredacted bool // see there
}

// Outs are the files that are written.
func (j Job) Outs() []string {
	all := []string{j.Out}
	for i := range j.Outputs {
		all = append(all, fmt.Sprintf("%s-%d", j.Out, i))
	}
	return all
}

// Peer is one shipper.
type Peer struct {
	Name    string
	Version string
	Once    bool // ends by itself when all is shipped; otherwise it follows the log until it is stopped
	prepare func(Job) (measure.Command, error)
}

// Prepare writes the configuration of a run and tells how to start it. Follow wants a run that does not end by itself.
func (p *Peer) Prepare(job Job, follow bool) (command measure.Command, err error) {
	command, err = p.prepare(job)
	if err != nil {
		return command, fmt.Errorf("prepare %s: %w", p.Name, err)
	}
	if p.Once && !follow {
		command.Args = append(command.Args, "--once")
	}
	command.Log = filepath.Join(job.Dir, p.Name+".log")
	return command, nil
}

// write fills in a configuration.
func (j Job) write(name, text string) (path string, err error) {
	parsed, err := template.New(name).Funcs(template.FuncMap{"quoted": quoted, "lines": lines, "unused": unused}).Parse(text)
	if err != nil {
		return "", err
	}
	path = filepath.Join(j.Dir, name)
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	host, port, _ := strings.Cut(j.Sink, ":")
	return path, parsed.Execute(file, map[string]any{
		"Job": j, "Host": host, "Port": port, "Cluster": Cluster, "Node": Node,
		"Users": corpus.Noise.Users, "Verbs": corpus.Noise.Verbs,
	})
}

func quoted(words []string) string { return `"` + strings.Join(words, `","`) + `"` }

func lines(words []string) string { return strings.Join(words, "\n") }

package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/inputs/containerlog"
)

// Pipeline is one input and one output: each pair has its own reader, cursor and batches.
type Pipeline struct {
	Name    string // "INPUT/OUTPUT"
	Input   *Input
	Output  *Output
	Cluster string       // the input's
	Start   inputs.Start // the output's, else the input's
}

// Pipelines are all pairs that belong together, in the order of the file.
func (c *Config) Pipelines() []Pipeline {
	var all []Pipeline
	for i := range c.Inputs {
		in := &c.Inputs[i]
		for j := range c.Outputs {
			out := &c.Outputs[j]
			if !in.Feeds(out) {
				continue
			}
			all = append(all, Pipeline{Name: in.Name + "/" + out.Name, Input: in, Output: out, Cluster: in.Cluster, Start: out.StartOf(in)})
		}
	}
	return all
}

// readAhead is what a pipeline holds beside its batches: the reader's block and the line in hand.
const readAhead = 1 << 20

// MinMemory is the least memory with which every pipeline makes progress beside the others: one batch being filled, one
// being delivered, and what the reader holds.
func (c *Config) MinMemory() unit.Size {
	var total unit.Size
	for _, p := range c.Pipelines() {
		total += 2*p.Output.Batch.MaxBytes + readAhead
	}
	return total
}

// Feeds tells whether the output gets the input's events.
func (in *Input) Feeds(out *Output) bool {
	return len(in.Outputs) == 0 || slices.Contains(in.Outputs, out.Name)
}

// Kind is the key of the block that says what the input is; empty if there is none.
func (in *Input) Kind() string {
	switch {
	case in.File != nil:
		return "file"
	case in.Webhook != nil:
		return "webhook"
	case in.ContainerLog != nil:
		return "container_log"
	case in.Stdin != nil:
		return "stdin"
	case in.Kafka != nil:
		return "kafka"
	}
	return ""
}

// Place is where the events come from: a path, an address, or - for standard input.
func (in *Input) Place() string {
	switch {
	case in.File != nil:
		return in.File.Path
	case in.Webhook != nil:
		return in.Webhook.Listen
	case in.ContainerLog != nil:
		return cmp.Or(in.ContainerLog.Path, containerlog.DefaultPath)
	case in.Stdin != nil:
		return cmp.Or(in.Stdin.Path, "-")
	case in.Kafka != nil:
		return strings.Join(in.Kafka.Topics, ",")
	}
	return ""
}

// StartOf is where the output begins with an input of which it has no checkpoint.
func (o *Output) StartOf(in *Input) inputs.Start {
	switch {
	case o.Start != "":
		return o.Start
	case in.File != nil && in.File.Start != "":
		return in.File.Start
	case in.Kafka != nil && in.Kafka.Start != "":
		return in.Kafka.Start
	}
	return inputs.Beginning // also where a container's log is read from its end: what is in the spool is wanted
}

// Kind is the key of the block that says what the output is; empty if there is none.
func (o *Output) Kind() string {
	switch {
	case o.Elasticsearch != nil:
		return "elasticsearch"
	case o.Loki != nil:
		return "loki"
	case o.Kafka != nil:
		return "kafka"
	case o.HTTP != nil:
		return "http"
	case o.Forward != nil:
		return "forward"
	case o.File != nil:
		return "file"
	}
	return ""
}

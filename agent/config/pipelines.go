package config

import (
	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/inputs"
)

// Pipeline is one input and one output: each pair has its own reader, cursor and batches.
type Pipeline struct {
	Name    string // "INPUT/OUTPUT"
	Input   *Input
	Output  *Output
	Cluster string       // the input's
	Start   inputs.Start // the output's, else the input's
}

// Pipelines are all pairs, in the order of the file.
func (c *Config) Pipelines() []Pipeline {
	var all []Pipeline
	for i := range c.Inputs {
		in := &c.Inputs[i]
		for j := range c.Outputs {
			out := &c.Outputs[j]
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
	for i := range c.Outputs {
		total += unit.Size(len(c.Inputs)) * (2*c.Outputs[i].Batch.MaxBytes + readAhead)
	}
	return total
}

// Kind is the key of the block that says what the input is; empty if there is none.
func (in *Input) Kind() string {
	if in.File != nil {
		return "file"
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
	}
	return inputs.Beginning
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
	case o.File != nil:
		return "file"
	}
	return ""
}

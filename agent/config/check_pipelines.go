package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"time"

	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/inputs"
)

func (d *document) checkInputs(c *Config) {
	if len(c.Inputs) == 0 && !d.unread {
		d.report("inputs", "there is none; name at least one, such as {name: apiserver, file: {path: /var/log/kubernetes/audit/audit.log}}")
	}
	names := map[string]string{}
	for i := range c.Inputs {
		path := fmt.Sprintf("inputs[%d]", i)
		d.checkName(path+".name", c.Inputs[i].Name, names)
		d.checkKind(path, reflect.ValueOf(c.Inputs[i]))
		if c.Inputs[i].File != nil {
			d.checkStart(path+".file.start", c.Inputs[i].File.Start)
		}
		if l := c.Inputs[i].ContainerLog; l != nil && l.Start != "" {
			d.checkStart(path+".container_log.start", l.Start)
		}
		if k := c.Inputs[i].Kafka; k != nil && k.Start != "" {
			d.checkStart(path+".kafka.start", k.Start)
		}
		d.checkTargets(path, c, &c.Inputs[i])
		d.checkShared(path, c, i)
		if c.Inputs[i].APIServerMetrics != nil {
			d.checkBlock(path+".apiserver_metrics", reflect.ValueOf(c.Inputs[i].APIServerMetrics))
		}
	}
}

// checkTargets: an input that names its outputs names such as there are.
func (d *document) checkTargets(path string, c *Config, in *Input) {
	if len(in.Outputs) == 0 && d.lines[path+".outputs"] > 0 {
		d.report(path+".outputs", "names none; leave the key out for all of them")
	}
	for j, name := range in.Outputs {
		if !slices.ContainsFunc(c.Outputs, func(o Output) bool { return o.Name == name }) {
			d.report(fmt.Sprintf("%s.outputs[%d]", path, j), fmt.Sprintf("%q is no output; name one of those under outputs", name))
		}
	}
}

// checkShared: webhooks with the same address must be told apart, and there is one standard input.
func (d *document) checkShared(path string, c *Config, i int) {
	in := &c.Inputs[i]
	for j := range i {
		other := &c.Inputs[j]
		if in.Webhook != nil && other.Webhook != nil {
			if problem := in.Webhook.Conflict(other.Webhook); problem != "" {
				d.report(path+".webhook", problem)
			}
		}
		if in.Stdin != nil && other.Stdin != nil && in.Place() == other.Place() {
			d.report(path+".stdin", fmt.Sprintf("is inputs[%d].stdin too; a pipe has one reader", j))
		}
	}
}

func (d *document) checkOutputs(c *Config) {
	if len(c.Outputs) == 0 {
		d.report("outputs", "there is none; name at least one, such as {name: archive, file: {path: /var/log/auditship/events.jsonl}}")
	}
	names := map[string]string{}
	for i := range c.Outputs {
		path := fmt.Sprintf("outputs[%d]", i)
		d.checkName(path+".name", c.Outputs[i].Name, names)
		d.checkKind(path, reflect.ValueOf(c.Outputs[i]))
		d.checkSizes(path, &c.Outputs[i])
		if c.Outputs[i].Protect != c.Protect {
			d.checkOneOf(path+".protect", c.Outputs[i].Protect, "on", "off")
		}
		d.checkCompat(path, &c.Outputs[i])
		if c.Outputs[i].Start != "" {
			d.checkStart(path+".start", c.Outputs[i].Start)
		}
	}
	for i := range c.Outputs { // once all names are known
		d.checkWas(fmt.Sprintf("outputs[%d].was", i), c.Outputs[i].Was, names)
	}
}

const longestName = 40

// name has no --, which stands between the names of input and output in the name of a pipeline's directory.
var name = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// checkName: names become names of directories, parts of pipelines' names and labels.
func (d *document) checkName(path, word string, taken map[string]string) {
	switch {
	case word == "":
		d.report(path, "is missing; give it a name, which its checkpoints are kept under")
		return
	case len(word) > longestName || !name.MatchString(word):
		d.report(path, fmt.Sprintf("%q is no name; use at most %d of a-z, 0-9, and single - between them", word, longestName))
	case taken[word] != "":
		d.report(path, fmt.Sprintf("%q is the name of %s too; choose another", word, parent(taken[word])))
		return
	}
	taken[word] = path
}

// checkWas: checkpoints have one heir.
func (d *document) checkWas(path, was string, taken map[string]string) {
	switch {
	case was == "":
		return
	case !name.MatchString(was) || len(was) > longestName:
		d.report(path, fmt.Sprintf("%q never was a name; write the former name of this output", was))
	case taken[was] != "":
		d.report(path, fmt.Sprintf("%q is %s; only a name that is gone can be taken over", was, taken[was]))
		return
	}
	taken[was] = path
}

const (
	leastBatch = unit.Size(4 << 10)
	mostBatch  = unit.Size(64 << 20)
)

func (b Batch) sane() bool { return leastBatch <= b.MaxBytes && b.MaxBytes <= mostBatch }

// checkSizes keeps batches within what destinations and the memory budget bear, and finds forgotten units.
func (d *document) checkSizes(path string, o *Output) {
	report := d.under(path)
	if !o.Batch.sane() {
		report("batch.max_bytes", fmt.Sprintf("is %v; choose between %v and %v", o.Batch.MaxBytes, leastBatch, mostBatch))
	}
	if o.Batch.MaxEvents < 1 || o.Batch.MaxEvents > 100_000 {
		report("batch.max_events", fmt.Sprintf("is %d; choose between 1 and 100000", o.Batch.MaxEvents))
	}
	d.checkDuration(path+".batch.linger", o.Batch.Linger, 0, time.Minute)
	d.checkDuration(path+".timeout", o.Timeout, time.Second, time.Hour)
	if o.RateLimit != 0 && o.RateLimit < 64<<10 {
		report("rate_limit", fmt.Sprintf("is %v per second, and no agent keeps up with that; give at least 64KiB, or remove it for no limit", o.RateLimit))
	}
	if o.MaxEventBytes != 0 && o.MaxEventBytes < 4<<10 {
		report("max_event_bytes", fmt.Sprintf("is %v, which no event fits into; give at least 4KiB", o.MaxEventBytes))
	}
}

func (d *document) checkStart(path string, start inputs.Start) {
	d.checkOneOf(path, string(start), string(inputs.Beginning), string(inputs.End))
}

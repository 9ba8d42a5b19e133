// Package fluentd converts the configuration of a fluentd that ships Kubernetes audit logs into one of auditship. Each directive and each parameter
// becomes configuration, or a note that says what it did and what to do instead: none is passed over.
//
// What plugins do is taken from their documentation: https://docs.fluentd.org for those of fluentd, and the READMEs of
// fluent-plugin-elasticsearch, -opensearch, -kafka, -grafana-loki, -record-modifier and -multi-format-parser.
package fluentd

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/auditship/auditship/agent/migrate"
	"github.com/auditship/auditship/agent/migrate/fluentd/conf"
)

// Options say how to convert.
type Options struct {
	Lookup func(string) (string, bool) // environment, for what decides how something is converted; nil: os.LookupEnv
	Host   string                      // the host's name, for the same

	Node string // how the configuration names the node; empty: by NODE_NAME

	// Literal writes the values of variables instead of the variables, but of those that hold secrets.
	Literal bool

	// Source is the path or the tag of the <source> to convert alone; empty: all that tail an audit log.
	Source string
}

// Result is what became of a configuration.
type Result struct {
	YAML   []byte // a whole configuration file of auditship
	Report migrate.Report
	Logs   []Log
	Absent []string // kinds of outputs that this version has not, in whose place there is a file
}

// Log is an audit log that fluentd followed.
type Log struct {
	Path    string // of the live log
	PosFile string // empty: it had none
}

// File converts the configuration that a file holds, and all that it includes. An error is a fault for which fluentd would
// not start, or that there is nothing to convert; the report may hold the reason.
func File(path string, o Options) (*Result, error) {
	if ext := filepath.Ext(path); ext == ".yaml" || ext == ".yml" { // as fluentd tells them apart
		return nil, fmt.Errorf("convert %s: fluentd's form in YAML is not read; fluentd logs the same in the other form when it starts, below \"using configuration file\": convert what stands between <ROOT> and </ROOT>", path)
	}
	p := conf.Parser{Lookup: o.Lookup, Host: o.Host}
	root, err := p.File(path)
	if err != nil {
		return nil, err
	}
	return convert(path, root, p.Faults, o)
}

func convert(name string, root *conf.Element, faults []*conf.Fault, o Options) (*Result, error) {
	c := newConverter(root, o)
	for _, f := range faults {
		c.note(f.Place, "include", migrate.Warning, f.Problem)
	}
	c.sources()
	for i := 0; i < len(c.inputs); i++ {
		c.follow(c.inputs[i])
	}
	c.leftovers(root)
	c.conclude(name)
	result := &Result{Report: c.report, Absent: c.absent}
	result.Report.Sort()
	if len(c.inputs) == 0 {
		return result, fmt.Errorf("convert %s: no <source> tails an audit log: name one with --source PATH", name)
	}
	for _, in := range c.inputs {
		result.Logs = append(result.Logs, Log{in.path, in.posFile})
	}
	yaml, err := c.yaml(name)
	result.YAML = yaml
	return result, err
}

// converter is one conversion.
type converter struct {
	Options
	lookup func(string) (string, bool)
	host   string
	root   *conf.Element
	labels map[string]*conf.Element

	report    migrate.Report
	seen      map[any]bool    // elements and parameters of which a note tells
	unset     map[string]bool // variables that decide something, and are not set here
	variables map[string]bool // variables that the new configuration has

	steps     int                       // on the ways of events
	globs     map[string]*regexp.Regexp // nil: it is no pattern
	absent    []string
	rewritten bool // events went on under other tags

	inputs  []*input
	outputs []*output
	reached map[*conf.Element][]*output // what a <match> or <store> became
}

func newConverter(root *conf.Element, o Options) *converter {
	c := &converter{Options: o, lookup: o.Lookup, host: o.Host, root: root, labels: map[string]*conf.Element{}, seen: map[any]bool{},
		unset: map[string]bool{}, variables: map[string]bool{}, reached: map[*conf.Element][]*output{}, globs: map[string]*regexp.Regexp{}}
	if c.lookup == nil {
		c.lookup = os.LookupEnv
	}
	for _, e := range c.directives(root) {
		if e.Name == "label" {
			c.labels[c.now(e.Arg)] = e
		}
	}
	return c
}

// directives are those of a file, and of its <worker> sections, which say only in which process they run.
func (c *converter) directives(root *conf.Element) (all []*conf.Element) {
	for _, e := range root.Children {
		if e.Name != "worker" {
			all = append(all, e)
			continue
		}
		if !c.seen[e] {
			c.section(e).tell(migrate.Unneeded, "there is one process for all; what is inside is converted")
		}
		all = append(all, c.directives(e)...)
	}
	return all
}

func (c *converter) note(at conf.Place, what string, kind migrate.Kind, text string) {
	c.report.Add(migrate.Note{File: at.File, Line: at.Line, What: what, Kind: kind, Text: text})
}

// input is one audit log.
type input struct {
	conf.Place
	name, path, posFile string
	tag                 string
	label               string // where its events go; empty: to the root
	start               string
	rate                string // bytes per second
	shape               chain  // what the source itself adds to records
}

// chain is what the filters on the way made of records.
type chain struct {
	tag     string
	fields  []pair
	policy  []*migrate.Block
	cluster string
	whole   string // the field that has the line as a text; empty: records are parsed
}

func (k chain) clone() chain {
	k.fields = append([]pair(nil), k.fields...)
	k.policy = append([]*migrate.Block(nil), k.policy...)
	return k
}

// output is one destination.
type output struct {
	conf.Place
	name, kind string
	block      *migrate.Block
	batch      *migrate.Block
	timeout    string
	chain      chain
	inputs     []*input
	comments   []string
}

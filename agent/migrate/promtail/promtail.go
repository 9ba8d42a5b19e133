// Package promtail converts the configuration of a promtail, Grafana Agent (static mode) or Alloy that ships Kubernetes audit logs to Loki. Each key becomes
// configuration, or a note that says what it did and what to do instead.
//
// What keys mean: https://grafana.com/docs/loki/latest/send-data/promtail/configuration/, https://grafana.com/docs/agent/latest/static/configuration/logs-config/,
// and for Alloy https://grafana.com/docs/alloy/latest/reference/components/loki/.
package promtail

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/auditship/auditship/agent/migrate"
)

// Result is what became of a configuration.
type Result struct {
	YAML      []byte // a whole configuration file of auditship
	Report    migrate.Report
	Positions []string // files of positions that it names
}

const maxBytes = 4 << 20

func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxBytes {
		return nil, fmt.Errorf("read %s: it is no file of at most %d MiB", path, maxBytes>>20)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxBytes))
}

// File converts the configuration of promtail or Grafana Agent in a file.
func File(path string) (*Result, error) {
	text, err := read(path)
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := migrate.Decode(text, &document); err != nil {
		return nil, fmt.Errorf("%s: is no YAML: %w", path, err)
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: is no configuration of promtail", path)
	}
	return convert(path, "promtail", document.Content[0], nil)
}

// converter is one conversion.
type converter struct {
	file, agent string
	report      migrate.Report
	positions   []string
	jobs        []job
	clients     []client
	reach       map[*yaml.Node][]int // scrape_configs that only these clients get; the others: all
}

// job is a log with what is done to its lines on the way to some clients.
type job struct {
	path   string
	line   int
	labels []pair
	rules  []rule
	to     []int // clients; nil: all
}

// rule drops what its condition holds for.
type rule struct{ name, when string }

type client struct {
	line    int
	block   *migrate.Block
	labels  []pair // external ones
	batch   *migrate.Block
	timeout string
}

type pair struct{ key, value string }

func convert(file, agent string, root *yaml.Node, reach map[*yaml.Node][]int) (*Result, error) {
	c := &converter{file: file, agent: agent, reach: reach}
	c.mapping(root, "", c.top())
	if len(c.jobs) == 0 {
		return c.result(nil), fmt.Errorf("convert %s: no audit log is followed: none of its paths has the word audit in it", file)
	}
	c.jobs = slices.DeleteFunc(c.jobs, func(j job) bool {
		nowhere := j.to != nil && len(j.to) == 0
		if nowhere {
			c.note(j.line, "scrape_configs", migrate.Warning, "has no client to send to: it is left out")
		}
		return nowhere
	})
	if len(c.clients) == 0 || len(c.jobs) == 0 {
		return c.result(nil), errors.New("convert " + file + ": it has no client to send to")
	}
	text, err := c.yaml()
	return c.result(text), err
}

func (c *converter) result(text []byte) *Result {
	c.report.Sort()
	return &Result{text, c.report, c.positions}
}

func (c *converter) note(line int, what string, kind migrate.Kind, format string, values ...any) {
	c.report.Add(migrate.Note{File: c.file, Line: line, What: migrate.Brief(what), Kind: kind, Text: fmt.Sprintf(format, values...)})
}

// use is what is done with a key: it notes what became of it.
type use func(at string, key, value *yaml.Node)

// mapping hands each key to what is done with it. What nobody knows is told; so nothing is passed over.
func (c *converter) mapping(n *yaml.Node, path string, uses map[string]use) {
	if n.Kind != yaml.MappingNode {
		c.note(n.Line, path, migrate.Warning, "is not carried over: a mapping was expected")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := key.Value
		if path != "" {
			at = path + "." + key.Value
		}
		if value.Tag == reference || value.Tag == expression {
			c.note(key.Line, at, migrate.Warning, "is an expression (%s), which is not worked out: CHANGE_ME stands in its place", migrate.Brief(value.Value))
			value = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "CHANGE_ME", Line: value.Line}
		}
		if do := uses[key.Value]; do != nil {
			do(at, key, value)
		} else {
			c.note(key.Line, at, migrate.Warning, "is not carried over: nothing is known of it here; see docs/migrate.md")
		}
	}
}

// each goes through a list.
func (c *converter) each(n *yaml.Node, at string, do func(at string, item *yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		c.note(n.Line, at, migrate.Warning, "is not carried over: a list was expected")
		return
	}
	for i, item := range n.Content {
		do(fmt.Sprintf("%s[%d]", at, i), item)
	}
}

// skip notes the same of any value.
func (c *converter) skip(kind migrate.Kind, text string) use {
	return func(at string, key, value *yaml.Node) { c.note(key.Line, at, kind, "%s", text) }
}

// with makes uses of names that are treated alike.
func with(uses map[string]use, do use, names ...string) {
	for _, name := range names {
		uses[name] = do
	}
}

// positionsFile notes where positions are.
func (c *converter) positionsFile(file string) {
	if file != "" {
		c.positions = append(c.positions, filepath.Clean(file))
	}
}

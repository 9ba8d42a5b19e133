package promtail

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/auditship/auditship/agent/migrate"
)

// Alloy converts the configuration of Alloy, or of Grafana Agent in flow mode, in a file: what loki.source.file follows, by way of loki.process, to loki.write.
func Alloy(path string) (*Result, error) {
	text, err := read(path)
	if err != nil {
		return nil, err
	}
	root := &block{attributes: &yaml.Node{Kind: yaml.MappingNode}}
	if err := (&river{file: path, text: string(text), line: 1}).body(root, 0); err != nil {
		return nil, err
	}
	a := &alloy{components: map[string]*block{}, used: map[*block]bool{}}
	for _, b := range root.blocks {
		a.components[b.name+"."+b.label] = b
	}
	document, notes := a.document(root, path)
	result, err := convert(path, "alloy", document)
	if result != nil {
		result.Report.Notes = append(result.Report.Notes, notes...)
		result.Report.Sort()
	}
	return result, err
}

// alloy makes a configuration of promtail of components.
type alloy struct {
	components map[string]*block
	used       map[*block]bool
	clients    []*yaml.Node
	notes      []migrate.Note
	file       string
}

func (a *alloy) note(line int, what string, kind migrate.Kind, text string) {
	a.notes = append(a.notes, migrate.Note{File: a.file, Line: line, What: migrate.Brief(what), Kind: kind, Text: text})
}

func (a *alloy) document(root *block, file string) (*yaml.Node, []migrate.Note) {
	a.file = file
	scrapes := list(root.attributes.Line)
	for _, b := range root.blocks {
		if b.name == "loki.source.file" {
			scrapes.Content = append(scrapes.Content, a.source(b))
		}
	}
	clients := list(root.attributes.Line)
	clients.Content = a.clients
	for _, b := range root.blocks {
		if a.used[b] {
			a.note(b.line, b.name+" "+b.label, migrate.Converted, "was followed")
			continue
		}
		switch b.name {
		case "logging", "tracing", "livedebugging", "http", "remotecfg", "import.file", "import.git":
			a.note(b.line, b.name+" "+b.label, migrate.Unneeded, itself)
		default:
			a.note(b.line, b.name+" "+b.label, migrate.Unneeded, "no line of a file that loki.source.file follows comes here; leave it with Alloy")
		}
	}
	for i := 0; i+1 < len(root.attributes.Content); i += 2 {
		a.note(root.attributes.Content[i].Line, root.attributes.Content[i].Value, migrate.Warning, "stands outside of any block")
	}
	return object("scrape_configs", scrapes, "clients", clients), a.notes
}

func list(line int) *yaml.Node { return &yaml.Node{Kind: yaml.SequenceNode, Line: line} }

// object is a mapping of names and nodes.
func object(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i+1 < len(pairs); i += 2 {
		value := pairs[i+1].(*yaml.Node)
		n.Line = max(n.Line, value.Line)
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: pairs[i].(string), Line: value.Line}, value)
	}
	return n
}

// source is a job: its targets, and the stages on the way to where the lines are written.
func (a *alloy) source(b *block) *yaml.Node {
	a.used[b] = true
	statics, stages := list(b.line), list(b.line)
	for i := 0; i+1 < len(b.attributes.Content); i += 2 {
		key, value := b.attributes.Content[i], b.attributes.Content[i+1]
		switch what := "loki.source.file " + b.label + ": " + key.Value; key.Value {
		case "targets":
			a.targets(value, statics)
		case "forward_to":
			a.forward(value, stages, 0)
		case "legacy_positions_file":
			a.note(key.Line, what, migrate.Unneeded, "give the present one to auditship migrate positions")
		default:
			a.note(key.Line, what, migrate.Unneeded, "a log and its backups are read as they are")
		}
	}
	for _, inner := range b.blocks {
		a.note(inner.line, "loki.source.file "+b.label+": "+inner.name, migrate.Unneeded, "a log and its backups are read as they are")
	}
	a.note(b.line, "loki.source.file "+b.label, migrate.Warning, "keeps its positions in loki.source.file."+b.label+"/positions.yml below Alloy's --storage.path: give that file to auditship migrate positions")
	n := object("static_configs", statics, "pipeline_stages", stages)
	n.Line = b.line
	return n
}

// targets are given as they are, or by local.file_match.
func (a *alloy) targets(value *yaml.Node, into *yaml.Node) {
	if value.Kind == yaml.SequenceNode {
		for _, target := range value.Content {
			if target.Kind == yaml.MappingNode {
				static := object("labels", target)
				static.Line = target.Line
				into.Content = append(into.Content, static)
			} else {
				a.targets(target, into)
			}
		}
		return
	}
	name, ok := strings.CutSuffix(value.Value, ".targets")
	match := a.components[name]
	if !ok || match == nil || match.name != "local.file_match" || a.used[match] {
		a.note(value.Line, "targets", migrate.Warning, "come from "+migrate.Brief(value.Value)+", which is not followed: write inputs by hand")
		return
	}
	a.used[match] = true
	for i := 0; i+1 < len(match.attributes.Content); i += 2 {
		if key := match.attributes.Content[i]; key.Value == "path_targets" {
			a.targets(match.attributes.Content[i+1], into)
		} else {
			a.note(key.Line, "local.file_match "+match.label+": "+key.Value, migrate.Unneeded, "only the log and its backups are read")
		}
	}
}

// forward follows lines.
func (a *alloy) forward(value, stages *yaml.Node, depth int) {
	for _, to := range value.Content {
		name, _ := strings.CutSuffix(to.Value, ".receiver")
		b := a.components[name]
		switch {
		case b == nil || depth > 16:
			a.note(to.Line, "forward_to", migrate.Warning, "leads to "+migrate.Brief(to.Value)+", which is not there or goes in a circle")
		case b.name == "loki.write" && !a.used[b]:
			a.used[b] = true
			a.write(b)
		case b.name == "loki.process" && !a.used[b]:
			a.used[b] = true
			a.process(b, stages, depth)
		case a.used[b]:
		default:
			a.note(to.Line, "forward_to", migrate.Warning, "leads to "+migrate.Brief(to.Value)+", which is not followed: write outputs by hand")
		}
	}
}

func (a *alloy) process(b *block, stages *yaml.Node, depth int) {
	for _, inner := range b.blocks {
		name := strings.TrimPrefix(inner.name, "stage.")
		body := &yaml.Node{Kind: yaml.MappingNode, Line: inner.line, Content: inner.attributes.Content}
		if values := find(inner.attributes, "values"); values != nil {
			body = values
		}
		stage := object(name, body)
		stage.Line, stage.Content[0].Line = inner.line, inner.line
		stages.Content = append(stages.Content, stage)
		for _, deeper := range inner.blocks {
			a.note(deeper.line, b.name+" "+b.label+": "+inner.name+": "+deeper.name, migrate.Warning, "is a stage inside a stage, which is not carried over; write rules by hand (docs/policy.md)")
		}
	}
	if to := find(b.attributes, "forward_to"); to != nil {
		a.forward(to, stages, depth+1)
	}
}

func find(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// promtailName are keys that promtail has by other names.
var promtailName = map[string]string{"batch_wait": "batchwait", "batch_size": "batchsize", "remote_timeout": "timeout", "max_backoff_retries": "max_backoff_retries"}

// write makes a client of each endpoint.
func (a *alloy) write(b *block) {
	external := find(b.attributes, "external_labels")
	for i := 0; i+1 < len(b.attributes.Content); i += 2 {
		if key := b.attributes.Content[i]; key.Value != "external_labels" {
			a.note(key.Line, fmt.Sprintf("loki.write %s: %s", b.label, key.Value), migrate.Unneeded, "streams are few by design")
		}
	}
	for _, endpoint := range b.blocks {
		if endpoint.name != "endpoint" {
			a.note(endpoint.line, "loki.write "+b.label+": "+endpoint.name, migrate.Unneeded, "the log itself is the queue")
			continue
		}
		n := nested(endpoint)
		if external != nil {
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "external_labels", Line: external.Line}, external)
		}
		a.clients = append(a.clients, n)
	}
}

// nested is a block with the blocks in it as a mapping.
func nested(b *block) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Line: b.line}
	for i := 0; i+1 < len(b.attributes.Content); i += 2 {
		key := *b.attributes.Content[i]
		if name := promtailName[key.Value]; name != "" {
			key.Value = name
		}
		n.Content = append(n.Content, &key, b.attributes.Content[i+1])
	}
	for _, inner := range b.blocks {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: inner.name, Line: inner.line}, nested(inner))
	}
	return n
}

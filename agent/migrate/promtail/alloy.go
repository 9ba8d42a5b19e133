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
	a := &alloy{components: map[string]*block{}, used: map[*block]bool{}, writes: map[*block][]int{}, reach: map[*yaml.Node][]int{}, file: path}
	for _, b := range root.blocks {
		a.components[b.name+"."+b.label] = b
	}
	result, err := convert(path, "alloy", a.document(root), a.reach)
	if result != nil {
		result.Report.Notes = append(result.Report.Notes, a.notes...)
		result.Report.Sort()
	}
	return result, err
}

// alloy makes a configuration of promtail of components.
type alloy struct {
	components map[string]*block
	used       map[*block]bool
	clients    []*yaml.Node
	writes     map[*block][]int     // numbers of the clients that loki.write became
	reach      map[*yaml.Node][]int // what each of scrape_configs is sent to
	steps      int                  // on the ways of all lines
	notes      []migrate.Note
	file       string
}

func (a *alloy) note(line int, what string, kind migrate.Kind, text string) {
	a.notes = append(a.notes, migrate.Note{File: a.file, Line: line, What: migrate.Brief(what), Kind: kind, Text: text})
}

func (a *alloy) document(root *block) *yaml.Node {
	scrapes, clients := list(root.attributes.Line), list(root.attributes.Line)
	for _, b := range root.blocks {
		if b.name == "loki.source.file" {
			scrapes.Content = append(scrapes.Content, a.source(b)...)
		}
	}
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
			a.note(b.line, b.name+" "+b.label, migrate.Unneeded, "no line of an audit log that loki.source.file follows comes here; leave it with Alloy")
		}
	}
	for i := 0; i+1 < len(root.attributes.Content); i += 2 {
		a.note(root.attributes.Content[i].Line, root.attributes.Content[i].Value, migrate.Warning, "stands outside of any block")
	}
	return object("scrape_configs", scrapes, "clients", clients)
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

// source makes one of scrape_configs for each way on which the lines of an audit log go. Other sources are left out, with all behind them.
func (a *alloy) source(b *block) (scrapes []*yaml.Node) {
	statics := list(b.line)
	var matches []*block
	if targets := find(b.attributes, "targets"); targets != nil {
		matches = a.targets(targets, statics, false)
	}
	if !audits(statics) {
		return nil
	}
	a.used[b] = true
	for _, match := range matches {
		a.matched(match)
	}
	var routes []route
	for i := 0; i+1 < len(b.attributes.Content); i += 2 {
		key, value := b.attributes.Content[i], b.attributes.Content[i+1]
		switch what := "loki.source.file " + b.label + ": " + key.Value; key.Value {
		case "targets":
		case "forward_to":
			routes = a.forward(value, nil, 0)
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
	for _, r := range together(routes) {
		stages := list(b.line)
		stages.Content = r.stages
		n := object("static_configs", statics, "pipeline_stages", stages)
		n.Line, a.reach[n] = b.line, r.clients
		scrapes = append(scrapes, n)
	}
	return scrapes
}

// targets are given as they are, or by local.file_match, which it returns.
func (a *alloy) targets(value, into *yaml.Node, inside bool) (matches []*block) {
	if value.Kind == yaml.SequenceNode {
		for _, target := range value.Content {
			if target.Kind == yaml.MappingNode {
				static := object("labels", target)
				static.Line = target.Line
				into.Content = append(into.Content, static)
			} else {
				matches = append(matches, a.targets(target, into, inside)...)
			}
		}
		return matches
	}
	name, ok := strings.CutSuffix(value.Value, ".targets")
	match := a.components[name]
	if inside || !ok || match == nil || match.name != "local.file_match" {
		a.note(value.Line, "targets", migrate.Warning, "come from "+migrate.Brief(value.Value)+", which is not followed: write inputs by hand")
		return nil
	}
	if paths := find(match.attributes, "path_targets"); paths != nil {
		a.targets(paths, into, true)
	}
	return []*block{match}
}

// matched tells of a local.file_match.
func (a *alloy) matched(match *block) {
	a.used[match] = true
	for i := 0; i+1 < len(match.attributes.Content); i += 2 {
		if key := match.attributes.Content[i]; key.Value != "path_targets" {
			a.note(key.Line, "local.file_match "+match.label+": "+key.Value, migrate.Unneeded, "only the log and its backups are read")
		}
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

// write makes a client of each endpoint, and is their numbers.
func (a *alloy) write(b *block) []int {
	if numbers, made := a.writes[b]; made {
		return numbers
	}
	a.used[b] = true
	first := len(a.clients)
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
	a.writes[b] = indices(first, len(a.clients))
	return a.writes[b]
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

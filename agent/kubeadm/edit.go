package kubeadm

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// editor edits a manifest twice: as text, leaving every other byte as it is, and as a tree. finish compares the two, so an
// edit of the text that does anything else than is meant is never used.
type editor struct {
	m     *Manifest
	lines []int                       // where each line begins; one more for the end
	items map[*yaml.Node][]*yaml.Node // of the lists, as they stand in the text
	cuts  []cut
	err   error // the first
}

// cut replaces the bytes of the text between two offsets.
type cut struct {
	from, to int
	text     string
}

func newEditor(m *Manifest) *editor {
	e := &editor{m: m, lines: []int{0}, items: map[*yaml.Node][]*yaml.Node{}}
	for _, list := range []*yaml.Node{m.lists.command, m.lists.args, m.lists.mounts, m.lists.volumes} {
		if list != nil {
			e.items[list] = slices.Clone(list.Content)
		}
	}
	for i, c := range m.text {
		if c == '\n' {
			e.lines = append(e.lines, i+1)
		}
	}
	if len(m.text) > 0 && m.text[len(m.text)-1] != '\n' {
		e.lines = append(e.lines, len(m.text))
	}
	return e
}

// line is a line of the text, from 1, with its end.
func (e *editor) line(n int) []byte { return e.m.text[e.lines[n-1]:e.lines[n]] }

func (e *editor) fail(at *yaml.Node, text string, args ...any) {
	if e.err == nil {
		e.err = e.m.unusable(at, text, args...)
	}
}

// set gives a scalar another value.
func (e *editor) set(n *yaml.Node, value string) {
	from, to, ok := e.span(n)
	if !ok {
		e.fail(n, "this value is written in a way that is not edited here: write it on one line")
		return
	}
	e.cuts = append(e.cuts, cut{from, to, quoteLike(n.Style, value)})
	n.Value = value
}

// unset gives a boolean, however true is written there, the value false.
func (e *editor) unset(n *yaml.Node) {
	from, to, ok := e.span(n)
	if !ok {
		e.fail(n, "this value is written in a way that is not edited here: write it on one line")
		return
	}
	e.cuts = append(e.cuts, cut{from, to, "false"})
	n.Value, n.Tag, n.Style = "false", "!!bool", 0
}

// add adds an item to a list, behind another one; nil: at its beginning. The item is YAML, without the dash.
func (e *editor) add(list, behind *yaml.Node, item string) {
	var parsed yaml.Node
	if err := yaml.Unmarshal([]byte(item), &parsed); err != nil {
		panic(fmt.Sprintf("an item of our own cannot be read: %v", err)) // it is made in this package
	}
	if !e.block(list) {
		return
	}
	first := e.items[list][0]
	at, dash := e.lines[e.firstLine(first)-1], e.dash(first)
	if behind != nil {
		at = e.lines[e.lastLine(behind)]
	}
	indent, eol := strings.Repeat(" ", dash), e.eol()
	text := indent + "- " + strings.ReplaceAll(item, "\n", eol+indent+"  ") + eol
	if at == len(e.m.text) && at > 0 && e.m.text[at-1] != '\n' {
		text = eol + strings.TrimSuffix(text, eol)
	}
	e.cuts = append(e.cuts, cut{at, at, text})
	e.insert(list, behind, parsed.Content[0])
}

// insert does in the tree what add does in the text. The item behind which it goes may have been taken out.
func (e *editor) insert(list, behind, item *yaml.Node) {
	at := slices.Index(e.items[list], behind)
	for at >= 0 && !slices.Contains(list.Content, e.items[list][at]) {
		at--
	}
	index := slices.Index(list.Content, e.item(list, at)) + 1
	item.Line = 0 // so the next one goes behind it
	for index < len(list.Content) && list.Content[index].Line == 0 {
		index++
	}
	list.Content = slices.Insert(list.Content, index, item)
}

// remove removes an item of a list.
func (e *editor) remove(list, item *yaml.Node) {
	if !e.block(list) {
		return
	}
	e.cuts = append(e.cuts, cut{e.lines[item.Line-1], e.lines[e.lastLine(item)], ""})
	list.Content = slices.DeleteFunc(list.Content, func(n *yaml.Node) bool { return n == item })
}

// block tells whether a list has a line for each item.
func (e *editor) block(list *yaml.Node) bool {
	if list.Style&yaml.FlowStyle != 0 || len(e.items[list]) == 0 {
		e.fail(list, "this list is not written with a line for each item, as kubeadm writes it: write it so first")
		return false
	}
	return true
}

// dash is the column, from 0, of the dash before an item.
func (e *editor) dash(item *yaml.Node) int {
	before := e.line(item.Line)[:min(item.Column-1, len(e.line(item.Line)))]
	at := bytes.LastIndexByte(before, '-')
	if at < 0 || len(bytes.TrimLeft(before[:at], " ")) > 0 {
		e.fail(item, "the dash of this item is on another line: write it before the item")
		return 0
	}
	return at
}

// firstLine is that of an item with the comment above it.
func (e *editor) firstLine(item *yaml.Node) int {
	line := item.Line
	for line > 1 && bytes.HasPrefix(bytes.TrimLeft(e.line(line-1), " "), []byte("#")) {
		line--
	}
	return line
}

// lastLine is the last line of a node.
func (e *editor) lastLine(n *yaml.Node) int {
	last := n.Line
	if n.Kind == yaml.ScalarNode && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		e.fail(n, "this text of several lines is not edited here")
	}
	for _, below := range n.Content {
		last = max(last, e.lastLine(below))
	}
	return last
}

// eol is how lines end in this text.
func (e *editor) eol() string {
	if bytes.Contains(e.m.text, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// item is an item of a list as it stands in the text; nil for what is before the first.
func (e *editor) item(list *yaml.Node, index int) *yaml.Node {
	if index < 0 {
		return nil
	}
	return e.items[list][index]
}

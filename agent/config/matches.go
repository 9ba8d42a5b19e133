package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	star       = "*"
	matchWord  = "{match}" // in the cluster of an input: what the * stands for
	mostInputs = 64        // that one entry may stand for: each has pipelines of its own
)

// matchable is what a * stands for: it becomes part of names and of events. Other directories are left alone.
var matchable = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// spread puts inputs in the place of those whose file.path has a *: one for each directory that matches, as if they had been written
// out, so that all that follows knows files alone. An entry that nothing matches stays, and waits.
func (d *document) spread(root *yaml.Node) {
	list := valueOf(root, "inputs")
	if list == nil || list.Kind != yaml.SequenceNode {
		return
	}
	var all []*yaml.Node
	for i, item := range list.Content {
		all = append(all, d.spreadInput(item, fmt.Sprintf("inputs[%d].file.path", i))...)
	}
	list.Content = all
}

func (d *document) spreadInput(item *yaml.Node, at string) []*yaml.Node {
	path := valueOf(valueOf(item, "file"), "path")
	if path == nil || path.Kind != yaml.ScalarNode {
		return []*yaml.Node{item}
	}
	text, err := d.expand(path.Value)
	if err != nil || !strings.Contains(text, star) {
		return []*yaml.Node{item} // decoding tells of it
	}
	p, ok := parsePattern(text)
	if !ok {
		d.fail(path, at, "may have one *, in the name of a directory, such as /var/log/kubernetes/*/audit.log")
		return []*yaml.Node{item}
	}
	found := p.matches()
	if len(found) > mostInputs {
		d.fail(path, at, fmt.Sprintf("matches %d directories; one entry stands for at most %d", len(found), mostInputs))
		return []*yaml.Node{item}
	}
	d.patterns = append(d.patterns, p)
	var all []*yaml.Node
	for _, match := range found {
		one := with(item, "name", func(n string) string { return n + "-" + wordOf(match) })
		one = with(one, "cluster", func(c string) string { return strings.ReplaceAll(c, matchWord, match) })
		all = append(all, within(one, "file", "path", func(string) string { return p.file(match) }))
	}
	if len(all) == 0 {
		return []*yaml.Node{item}
	}
	return all
}

// wordOf makes a match part of a name.
func wordOf(match string) string {
	return strings.Trim(notInNames.ReplaceAllString(strings.ToLower(match), "-"), "-")
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// pattern is the path of a log with a * in the name of a directory.
type pattern struct {
	dir           string // that holds the directories
	before, after string // what stands around the * in their names
	rest          string // from them to the log
}

func parsePattern(path string) (p pattern, ok bool) {
	head, tail, _ := strings.Cut(path, star)
	p.dir, p.before = filepath.Split(head)
	p.after, p.rest, ok = strings.Cut(tail, "/")
	return p, ok && filepath.IsAbs(path) && p.rest != "" && !strings.Contains(tail, star)
}

// file is the log of a match.
func (p pattern) file(match string) string {
	return filepath.Join(p.dir, p.before+match+p.after, p.rest)
}

// matches are what the * stands for, in ascending order. A directory without the log matches as long as it has backups of it: between two
// steps of a rotation there is no log.
func (p pattern) matches() (found []string) {
	entries, _ := os.ReadDir(p.dir) // of one that is missing or unreadable there is nothing to say yet
	for _, entry := range entries {
		rest, ok := strings.CutPrefix(entry.Name(), p.before)
		match, ok2 := strings.CutSuffix(rest, p.after)
		if ok && ok2 && matchable.MatchString(match) && hasLog(p.file(match)) {
			found = append(found, match)
		}
	}
	slices.Sort(found)
	return found
}

func hasLog(log string) bool {
	if _, err := os.Lstat(log); err == nil {
		return true
	}
	entries, _ := os.ReadDir(filepath.Dir(log))
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return ofLog(filepath.Join(filepath.Dir(log), e.Name()), log) })
}

// Matches are the logs that the inputs with a * stand for now, in one text: another one than before means that the configuration is
// another, too.
func (c *Config) Matches() string {
	var files []string
	for _, p := range c.patterns {
		for _, match := range p.matches() {
			files = append(files, p.file(match))
		}
	}
	return strings.Join(files, "\n")
}

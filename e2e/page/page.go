// Package page takes the commands out of a page of the documentation, for tests that run them as they stand there.
package page

import (
	"fmt"
	"os"
	"strings"
)

// Block is one block of commands.
type Block struct {
	Place string // where they are run: one of Places or Elsewhere
	Text  string
	Line  int // of the first command
}

// Places are where the tests run blocks; each is run in a checkout, in the order of the page.
var Places = map[string]string{
	"checkout": "any machine with Go: TestInstallPage",
	"packages": "the same: TestInstallHost",
	"host":     "a control-plane node with systemd: TestInstallHost, on a copy of this machine",
	"k3s":      "the files of a server of k3s: TestInstallDistributions, on a copy of this machine, with a systemctl that writes down what it is asked for",
	"rke2":     "likewise of RKE2",
	"build":    "a machine with Go, root and buildah: node.TestNode",
	"node":     "a control-plane node made by kubeadm: node.TestNode",
	"helm":     "the same, without what was deployed before: node.TestNode",
}

// Elsewhere are those that no test has, and why.
var Elsewhere = map[string]string{
	"kind":     "needs a Docker daemon and an image of a registry",
	"registry": "needs a registry",
	"elastic":  "needs Elasticsearch's index of users, which the distribution for tests cannot make; it has the user from a file",
}

// Blocks are those of a Markdown file, from a line on that is the heading to the next of its level; "": of the whole file. Commands
// that name no place, or are written otherwise than in a fence that begins with ```sh, are an error.
func Blocks(file, heading string) (blocks []Block, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := reader{inside: heading == "", heading: heading}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		if err := r.read(n, line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	if len(r.blocks) == 0 || r.fence != "" {
		return nil, fmt.Errorf("%s: no commands, or a fence without an end", file)
	}
	return r.blocks, nil
}

// reader is what has been read so far.
type reader struct {
	heading string
	inside  bool   // of the part that is wanted
	fence   string // what the fence begins with that is open
	indent  bool   // the last line leaves room for an indented block
	blocks  []Block
}

func (r *reader) read(n int, line string) error {
	text := strings.TrimRight(line, "\n")
	trimmed := strings.TrimLeft(text, " ")
	switch {
	case r.fence != "" && trimmed == "```":
		r.fence = ""
	case r.fence != "":
		if last := len(r.blocks) - 1; r.inside && strings.HasPrefix(r.fence, "```sh") {
			r.blocks[last].Text += line
		}
	case strings.HasPrefix(trimmed, "```"):
		r.fence = trimmed
		return r.open(n)
	case r.heading != "" && strings.HasPrefix(text, "#"):
		level, _, _ := strings.Cut(r.heading, " ")
		r.inside = text == r.heading || r.inside && !strings.HasPrefix(text, level+" ")
	case r.inside && r.indent && strings.HasPrefix(text, "    "):
		return fmt.Errorf("an indented block: write commands between ```sh PLACE and ```")
	}
	r.indent = text == ""
	return nil
}

func (r *reader) open(n int) error {
	language, place, _ := strings.Cut(strings.TrimPrefix(r.fence, "```"), " ")
	switch {
	case !r.inside || language == "yaml" || language == "json" || language == "ini" || language == "text":
		return nil
	case language != "sh":
		return fmt.Errorf("a block in %q: commands are in sh", language)
	case Places[place] == "" && Elsewhere[place] == "":
		return fmt.Errorf("commands for %q, where no test runs them and no reason is given: see e2e/page", place)
	}
	r.blocks = append(r.blocks, Block{Place: place, Line: n + 1})
	return nil
}

// At are the blocks of one of some places, in their order.
func At(blocks []Block, places ...string) (some []Block) {
	for _, b := range blocks {
		for _, place := range places {
			if b.Place == place {
				some = append(some, b)
			}
		}
	}
	return some
}

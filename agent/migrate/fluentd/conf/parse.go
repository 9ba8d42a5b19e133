package conf

import (
	"fmt"
	"os"
	"strings"
)

// Bounds of what is read: no honest configuration comes near.
const (
	maxBytes    = 4 << 20 // of all files together
	maxFiles    = 256
	maxIncludes = 16  // one inside the other
	maxSections = 16  // one inside the other
	maxElements = 2e4 // sections and parameters
)

// Parser reads a file and what it includes.
type Parser struct {
	Lookup func(string) (string, bool) // environment; nil: os.LookupEnv
	Host   string                      // for an @include that has the host's name in it

	// Faults are what is wrong with parts of the files, and did not keep the rest from being read.
	Faults []*Fault

	bytes, files, elements int
	open                   []string // files under way, to see those that include themselves
}

// File reads a file. An error is a *Fault, or that of reading the file.
func (p *Parser) File(path string) (*Element, error) {
	root := &Element{Place: Place{path, 1}}
	if p.Lookup == nil {
		p.Lookup = os.LookupEnv
	}
	return root, p.include(path, root)
}

// Parse is File for text that is there already. The name is used in faults, and for what it includes.
func (p *Parser) Parse(name, text string) (*Element, error) {
	root := &Element{Place: Place{name, 1}}
	if p.Lookup == nil {
		p.Lookup = os.LookupEnv
	}
	p.open = append(p.open, name)
	defer func() { p.open = p.open[:len(p.open)-1] }()
	return root, p.into(root, name, text)
}

func (p *Parser) into(to *Element, path, text string) error {
	if p.bytes += len(text); p.bytes > maxBytes {
		return fmt.Errorf("read %s: the configuration is longer than %d MiB", path, maxBytes>>20)
	}
	s := &scanner{file: path, text: strings.TrimPrefix(text, "\ufeff"), lookup: p.Lookup}
	return p.element(s, to, "", 0)
}

// element reads what is inside a section, up to its end; of a file, with no name, up to that of the file.
func (p *Parser) element(s *scanner, to *Element, name string, depth int) error {
	for {
		s.spacing()
		if p.elements++; p.elements > maxElements {
			return s.fail("the configuration has more than %d lines", int(maxElements))
		}
		switch {
		case s.end() && name == "":
			return nil
		case s.end():
			return &Fault{to.Place, fmt.Sprintf("<%s> has no </%s>", name, name)}
		case s.skip("</"):
			return s.closing(name)
		case s.skip("<"):
			if err := p.section(s, to, depth+1); err != nil {
				return err
			}
		default:
			if err := p.param(s, to, name == ""); err != nil {
				return err
			}
		}
	}
}

func (s *scanner) closing(name string) error {
	found := s.name()
	s.spacing()
	switch {
	case !s.skip(">"):
		return s.fail("</%s is not closed by a >", found)
	case found != name && name == "":
		return s.fail("</%s> closes nothing", found)
	case found != name:
		return s.fail("</%s> stands where </%s> must come first", found, name)
	case !s.lineEnds():
		return s.fail("something stands behind </%s> in its line", name)
	}
	return nil
}

func (s *scanner) name() string {
	start := s.at
	for !s.end() && (s.text[s.at] == '_' || s.text[s.at] >= '0' && s.text[s.at] <= '9' || s.text[s.at]|0x20 >= 'a' && s.text[s.at]|0x20 <= 'z') {
		s.at++
	}
	return s.text[start:s.at]
}

func (p *Parser) section(s *scanner, to *Element, depth int) (err error) {
	e := &Element{Place: s.place(), Name: s.name()}
	if e.Name == "" {
		return s.fail("a < has no name behind it")
	}
	if depth > maxSections {
		return s.fail("sections are nested deeper than %d", maxSections)
	}
	s.blanks()
	e.Arg, err = s.string(func() bool {
		rest := strings.TrimLeft(s.rest(), " \t")
		return strings.HasPrefix(rest, ">") || strings.IndexAny(rest, "\r\n") == 0
	})
	if err != nil {
		return err
	}
	if s.spacing(); !s.skip(">") {
		return s.fail("<%s is not closed by a >", e.Name)
	}
	if !s.lineEnds() {
		return s.fail("something stands behind <%s> in its line", e.Name)
	}
	to.Children = append(to.Children, e)
	return p.element(s, e, e.Name, depth)
}

func (p *Parser) param(s *scanner, to *Element, root bool) error {
	at := s.place()
	key, err := s.string(func() bool { return s.end() || strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 })
	if err != nil {
		return err
	}
	s.blanks()
	word := key.String()
	if word == "@include" || root && word == "include" {
		return p.included(s, to, at)
	}
	v, err := s.value()
	if err != nil {
		return err
	}
	if !s.lineEnds() {
		return s.fail("something stands behind the value of %q; quotes go around all of it", shorten(word))
	}
	to.Params = append(to.Params, &Param{at, word, v})
	return nil
}

package conf

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func (p *Parser) include(path string, to *Element) error {
	if p.files++; p.files > maxFiles {
		return fmt.Errorf("read %s: it is more than the %d files that a configuration may have", path, maxFiles)
	}
	text, err := p.read(path)
	if err != nil {
		return err
	}
	p.open = append(p.open, path)
	defer func() { p.open = p.open[:len(p.open)-1] }()
	return p.into(to, path, text)
}

func (p *Parser) read(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("read %s: it is no file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	return string(text), err
}

// included reads the files that an @include means, in the order of their names. As in fluentd, it is nothing if there are none.
func (p *Parser) included(s *scanner, to *Element, at Place) error {
	v, err := s.string(s.lineEnds)
	if err != nil {
		return err
	}
	path, _, unset := v.Resolve(p.Lookup, p.Host)
	tell := func(format string, values ...any) {
		p.Faults = append(p.Faults, &Fault{at, "@include " + shorten(v.String()) + ": " + fmt.Sprintf(format, values...)})
	}
	switch {
	case len(unset) > 0:
		tell("needs the environment variables %s, which are not set here", strings.Join(unset, ", "))
		return nil
	case v.Has(Code):
		tell("has Ruby code in it, which is not run")
		return nil
	case strings.Contains(path, "://") && !strings.HasPrefix(path, "file://"):
		tell("nothing is fetched; save it as a file and include that")
		return nil
	case len(p.open) >= maxIncludes:
		return s.fail("files include one another deeper than %d", maxIncludes)
	}
	if path = strings.TrimPrefix(path, "file://"); !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(s.file), path)
	}
	found, err := filepath.Glob(path)
	if err != nil || len(found) == 0 {
		tell("there is no such file, so nothing is included")
	}
	slices.Sort(found)
	for _, file := range found {
		if err := p.one(file, to, tell); err != nil {
			return err
		}
	}
	return nil
}

// one includes a file. What fluentd would not start with is an error.
func (p *Parser) one(file string, to *Element, tell func(string, ...any)) error {
	switch ext := filepath.Ext(file); {
	case slices.Contains(p.open, file):
		tell("%s includes itself", file)
		return nil
	case ext == ".yaml" || ext == ".yml":
		tell("%s is YAML, which is not read; convert it to the syntax of fluent.conf", file)
		return nil
	}
	return p.include(file, to)
}

func shorten(text string) string {
	if len(text) > 200 {
		return strings.ToValidUTF8(text[:200], "") + "…"
	}
	return text
}

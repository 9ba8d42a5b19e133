package fluentd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/migrate"
	"github.com/auditship/auditship/agent/migrate/fluentd/conf"
)

// section is an element while it is converted. Whoever converts it takes its parameters one by one; finish tells what became of the
// others, so that none is passed over.
type section struct {
	*conf.Element
	c    *converter
	kind string // @type; empty: it has none
}

func (c *converter) section(e *conf.Element) section {
	s := section{e, c, ""}
	for _, key := range []string{"@type", "type"} {
		if p := e.Find(key); p != nil && s.kind == "" {
			s.kind = c.now(p.Value)
		}
	}
	return s
}

// what is how notes call the section, or a parameter of it.
func (s section) what(key string) string {
	text := "<" + s.Name
	if arg := s.Arg.String(); arg != "" {
		text += " " + migrate.Brief(arg)
	}
	text += ">"
	if s.kind != "" {
		text += " " + migrate.Brief(s.kind)
	}
	if key != "" {
		text += ": " + migrate.Brief(key)
	}
	return text
}

// tell notes what became of the section itself.
func (s section) tell(kind migrate.Kind, format string, values ...any) {
	s.c.seen[s.Element] = true
	s.c.note(s.Place, s.what(""), kind, fmt.Sprintf(format, values...))
}

// param notes what became of a parameter, all of that name.
func (s section) param(key string, kind migrate.Kind, format string, values ...any) {
	for _, p := range s.Params {
		if p.Key == key && !s.c.seen[p] {
			s.c.seen[p] = true
			s.c.note(p.Place, s.what(key), kind, fmt.Sprintf(format, values...))
		}
	}
}

// warn is param for warnings.
func (s section) warn(key, format string, values ...any) {
	s.param(key, migrate.Warning, format, values...)
}

// to is param for what is in the new configuration, there.
func (s section) to(key, where string) { s.param(key, migrate.Converted, "is %s", where) }

// has tells whether a parameter is there and means something.
func (s section) has(key string) bool {
	p := s.Find(key)
	if p == nil {
		return false
	}
	_, given, _ := p.Value.Resolve(s.c.lookup, s.c.host)
	return given
}

// may tells whether a parameter has a value here, or could have one where the environment is another.
func (s section) may(key string) bool {
	p := s.Find(key)
	return p != nil && (p.Value.Has(conf.Env) || s.now(key) != "")
}

// now is the value of a parameter by the present environment; empty where there is none. For what decides how something is converted.
func (s section) now(key string) string {
	if p := s.Find(key); p != nil {
		return s.c.now(p.Value)
	}
	return ""
}

// flag is the value of a boolean parameter. As in fluentd, one without a value is true.
func (s section) flag(key string, fallback bool) bool {
	p := s.Find(key)
	if p == nil {
		return fallback
	}
	switch text, given, _ := p.Value.Resolve(s.c.lookup, s.c.host); {
	case !given:
		return fallback
	case text == "" || text == "true" || text == "yes":
		return true
	case text == "false" || text == "no":
		return false
	}
	s.warn(key, "is neither true nor false; taken for %v", fallback)
	return fallback
}

// value is the value of a parameter for the new configuration, with variables where it has variables; empty where there is none.
func (s section) value(key string) string {
	if p := s.Find(key); p != nil {
		return s.c.value(p.Value, p.Place, s.what(key))
	}
	return ""
}

// take is value, and notes where it goes.
func (s section) take(key, where string) string {
	v := s.value(key)
	s.to(key, where)
	return v
}

// sub are the sections of a name below this one.
func (s section) sub(name string) (all []section) {
	for _, e := range s.Sections(name) {
		all = append(all, s.c.section(e))
	}
	return all
}

// finish tells what became of all that nobody has taken: by the tables, else that it is not known.
func (s section) finish(tables ...table) {
	if s.kind != "" {
		for _, key := range []string{"@type", "type"} {
			s.param(key, migrate.Converted, "says what the section is")
		}
	}
	for _, p := range s.Params {
		for _, t := range append(slices.Clone(tables), everywhere) {
			if e, known := t.find(p.Key); known {
				s.param(p.Key, e.kind, "%s", e.text)
			}
		}
		s.warn(p.Key, "is not carried over: nothing is known of it here; look it up in the plugin's README and in docs/migrate.md")
	}
	for _, e := range s.Children {
		if !s.c.seen[e] {
			s.c.leave(e, migrate.Warning, "is not carried over: nothing is known of such a section here; look it up in the plugin's README and in docs/migrate.md")
		}
	}
}

// leave notes that a section, and all that is in it, stays behind.
func (c *converter) leave(e *conf.Element, kind migrate.Kind, format string, values ...any) {
	c.section(e).tell(kind, format, values...)
	c.cover(e)
}

// cover marks all that is in a section: its own note says what became of it.
func (c *converter) cover(e *conf.Element) {
	c.seen[e] = true
	for _, p := range e.Params {
		c.seen[p] = true
	}
	for _, child := range e.Children {
		c.cover(child)
	}
}

// table is what is known of parameters that need no thought. A name that ends in * is a prefix.
type table map[string]entry

// entry is what a note of a parameter says.
type entry struct {
	kind migrate.Kind
	text string
}

func (t table) find(key string) (entry, bool) {
	if e, known := t[key]; known {
		return e, true
	}
	for name, e := range t {
		if prefix, ok := strings.CutSuffix(name, "*"); ok && strings.HasPrefix(key, prefix) {
			return e, true
		}
	}
	return entry{}, false
}

// group makes a table in which all have the same entry.
func group(kind migrate.Kind, text string, keys ...string) table {
	t := table{}
	for _, key := range keys {
		t[key] = entry{kind, text}
	}
	return t
}

// tables joins tables.
func tables(all ...table) table {
	joined := table{}
	for _, t := range all {
		for key, e := range t {
			joined[key] = e
		}
	}
	return joined
}

// everywhere are the common parameters: https://docs.fluentd.org/configuration/plugin-common-parameters.
var everywhere = tables(
	group(migrate.Unneeded, "names the section; here inputs and outputs have names", "@id", "id"),
	group(migrate.Unneeded, "log.level is for the whole agent", "@log_level", "log_level"),
	group(migrate.Converted, "was followed", "@label"),
)

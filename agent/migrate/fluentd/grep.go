package fluentd

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/auditship/auditship/agent/migrate"
	"github.com/auditship/auditship/agent/migrate/fluentd/conf"
)

// The grep filter (https://docs.fluentd.org/filter/grep) lets a record pass if every <regexp> matches and no <exclude> does. In an <and> all must
// match for that to count, in an <or> one. What is compared is the field as text, and "" where it is not there.

// test is one comparison in CEL, or several joined.
type test struct {
	text string
	ok   bool // it means the same
}

// grep makes the rules that drop what the filter dropped. Where one comparison can't be expressed exactly, that part is not converted, and told:
// then more is kept than before, never less.
func (c *converter) grep(s section) (rules []*migrate.Block) {
	drop := func(when string, at conf.Place) {
		rules = append(rules, c.rule(at, when))
	}
	s.oldGrep(drop)
	for _, child := range s.Children {
		sub := c.section(child)
		switch child.Name {
		case "regexp":
			if t := c.compare(sub); t.ok {
				drop(negate(t.text), child.Place)
			}
		case "exclude":
			if t := c.compare(sub); t.ok {
				drop(t.text, child.Place)
			}
		case "and", "or":
			c.group(sub, drop)
		}
	}
	s.tell(migrate.Converted, "is rules with conditions (when), but for what warnings name; they drop also what auditship's built-in rules protect, as the filter did: remove protect: false to keep that")
	s.finish()
	return rules
}

// group converts an <and> or <or>, of which all parts must be expressible.
func (c *converter) group(s section, drop func(string, conf.Place)) {
	for _, kind := range []string{"regexp", "exclude"} {
		var parts []string
		all := true
		for _, sub := range s.sub(kind) {
			t := c.compare(sub)
			parts, all = append(parts, t.text), all && t.ok
		}
		if len(parts) == 0 {
			continue
		}
		if !all {
			s.tell(migrate.Warning, "has a part that can't be expressed, so nothing is dropped by its <%s>; see the warning about the part", kind)
			continue
		}
		text := strings.Join(parts, map[string]string{"and": " && ", "or": " || "}[s.Name])
		if kind == "regexp" {
			text = negate(text)
		}
		drop(text, s.Place)
	}
	if !c.seen[s.Element] {
		s.tell(migrate.Converted, "is one condition")
	}
	s.finish()
}

// compare converts one <regexp> or <exclude>.
func (c *converter) compare(s section) (t test) {
	t = c.comparison(s, s.now("key"), s.now("pattern"))
	if t.ok {
		s.tell(migrate.Converted, "is %s", t.text)
		s.to("key", "in the condition")
		s.to("pattern", "in the condition")
	} else {
		s.param("key", migrate.Warning, "is not converted; see the section")
		s.param("pattern", migrate.Warning, "is not converted; see the section")
	}
	s.finish()
	return t
}

// comparison is a field and a regular expression as a condition.
func (c *converter) comparison(s section, key, pattern string) test {
	word, ok := field(path(key))
	if !ok {
		s.tell(migrate.Warning, "compares %s, which conditions have no word for that is exactly the same: more is kept than before; write a rule by hand (docs/policy.md)", migrate.Brief(key))
		return test{}
	}
	text, ok := comparison(word, pattern)
	if !ok {
		s.tell(migrate.Warning, "has a regular expression that only Ruby knows, %s: more is kept than before; write a rule by hand (docs/policy.md)", migrate.Brief(pattern))
		return test{}
	}
	if word == nothing {
		s.tell(migrate.Warning, "compares %s, which no record has at its top, so that it always compared nothing, and kept or dropped all; write $.%s in fluentd to mean what was meant, and convert again", migrate.Brief(key), migrate.Brief(key))
		return test{}
	}
	return test{text, true}
}

func comparison(word, pattern string) (text string, ok bool) {
	source, flags := literal(pattern)
	if words, kind, ok := simple(source); ok && strings.Trim(flags, "xn") == "" && flags == "" {
		return plainly(word, words, kind), true
	}
	re, err := translate(source, strings.Trim(flags, "n"))
	if err != nil {
		return "", false
	}
	return fmt.Sprintf("%s.matches(%s)", word, strconv.Quote(re.String())), true
}

// plainly asks without a regular expression.
func plainly(word string, words []string, kind string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	switch {
	case kind == "==" && len(words) > 1:
		return word + " in [" + strings.Join(quoted, ", ") + "]"
	case kind == "==":
		return word + " == " + quoted[0]
	}
	for i := range quoted {
		quoted[i] = word + "." + kind + "(" + quoted[i] + ")"
	}
	if len(quoted) > 1 {
		return "(" + strings.Join(quoted, " || ") + ")"
	}
	return quoted[0]
}

func negate(text string) string { return "!(" + text + ")" }

// rule drops what a condition holds for.
func (c *converter) rule(at conf.Place, when string) *migrate.Block {
	return migrate.NewBlock().Set("name", migrate.Quote(ruleName("grep", at))).Set("level", "None").Set("when", migrate.Quote(when)).Set("protect", false)
}

// ruleName says where a rule came from.
func ruleName(what string, at conf.Place) string {
	return fmt.Sprintf("%s %s:%d", what, filepath.Base(at.File), at.Line)
}

var oldKey = regexp.MustCompile(`^(regexp|exclude)([1-9]|1[0-9]|20)$`)

// oldGrep converts the parameters regexp1 to exclude20: "KEY PATTERN".
func (s section) oldGrep(drop func(string, conf.Place)) {
	for _, p := range slices.Clone(s.Params) {
		match := oldKey.FindStringSubmatch(p.Key)
		if match == nil {
			continue
		}
		key, pattern, _ := strings.Cut(s.c.now(p.Value), " ")
		word, ok := field(path(key))
		text, plain := comparison(word, pattern)
		if word == nothing {
			s.warn(p.Key, "compares %s, which no record has at its top, so that it always compared nothing, and kept or dropped all; write a rule by hand (docs/policy.md)", migrate.Brief(key))
			continue
		}
		if !ok || !plain {
			s.warn(p.Key, "compares what can't be expressed exactly: more is kept than before; write a rule by hand (docs/policy.md)")
			continue
		}
		if match[1] == "regexp" {
			text = negate(text)
		}
		drop(text, p.Place)
		s.to(p.Key, "the rule "+text)
	}
}

package lint

import (
	"regexp"
	"strings"

	"github.com/auditship/auditship/agent/rules"
)

// codeOf are the codes of what loading a policy tells.
var codeOf = map[rules.ProblemKind]string{
	rules.OldVersion: "old-version", rules.NoRules: "no-rules", rules.WrongValue: "wrong-value", rules.ForeignKey: "foreign-key",
	rules.UnknownKey: "unknown-key", rules.KeyTwice: "key-twice", rules.SecondDocument: "second-document", rules.NeverMatches: "never-matches",
}

// barren are what never matches, by the key.
var barren = []struct {
	key  *regexp.Regexp
	code string
}{
	{regexp.MustCompile(`\.verbs\[\d+\]$`), "unknown-verb"},
	{regexp.MustCompile(`\.(users|userGroups|namespaces|resourceNames)\[\d+\]$`), "literal-wildcard"},
}

// checkProblems takes over what was found when the policy was read.
func (l *linter) checkProblems() {
	for i := range l.Problems {
		p := &l.Problems[i]
		code := codeOf[p.Kind]
		for _, b := range barren {
			if p.Kind == rules.NeverMatches && b.key.MatchString(p.Key) {
				code = b.code
			}
		}
		if code == "" {
			continue
		}
		// The text of a problem is "what: what to do"; what to do is told by the code, and in more words.
		what := p.Text
		if p.Kind == rules.NeverMatches {
			what, _, _ = strings.Cut(what, " never matches")
			what = strings.TrimSuffix(what, " is taken literally and") + " never matches"
		}
		f := l.add(code, p.Key, "%s", what)
		f.Line, f.Column = p.Line, p.Column
	}
	for i := range l.List.Rules {
		if l.List.Rules[i].Name != "" {
			l.add("rule-name", at(i, "name"), "the rule has a name")
		}
	}
}

package fluentd

import (
	"regexp"
	"strings"
)

// matches tells whether a tag is one that the argument of <match> or <filter> means: patterns with white space between them, where * is
// one part of a tag, ** any number of them, {a,b} either, and /…/ a regular expression
// (https://docs.fluentd.org/configuration/config-file#how-match-patterns-work). Without an argument it is any.
func (c *converter) matches(arg, tag string) bool {
	if strings.TrimSpace(arg) == "" {
		return true
	}
	for _, pattern := range strings.Fields(arg) {
		if pattern == "**" || pattern == tag {
			return true
		}
		if expression, ok := strings.CutPrefix(pattern, "/"); ok && strings.HasSuffix(expression, "/") && expression != "" {
			if re, err := translate(strings.TrimSuffix(expression, "/"), ""); err == nil && re.MatchString(tag) {
				return true
			}
			continue
		}
		re, known := c.globs[pattern]
		if !known {
			re, _ = glob(pattern)
			c.globs[pattern] = re
		}
		if re != nil && re.MatchString(tag) {
			return true
		}
	}
	return false
}

// glob makes a regular expression of a pattern. "a.**" is also "a", and "**.a" also "a".
func glob(pattern string) (*regexp.Regexp, error) {
	var out strings.Builder
	depth := 0
	for i := 0; i < len(pattern); i++ {
		switch rest := pattern[i:]; {
		case strings.HasPrefix(rest, ".**") && (len(rest) == 3 || rest[3] == '.'):
			out.WriteString(`(?:\..*)?`)
			i += 2
		case strings.HasPrefix(rest, "**."):
			out.WriteString(`(?:.*\.)?`)
			i += 2
		case strings.HasPrefix(rest, "**"):
			out.WriteString(`.*`)
			i++
		case rest[0] == '*':
			out.WriteString(`[^.]*`)
		case rest[0] == '{':
			depth++
			out.WriteString(`(?:`)
		case rest[0] == '}' && depth > 0:
			depth--
			out.WriteString(`)`)
		case rest[0] == ',' && depth > 0:
			out.WriteString(`|`)
		default:
			out.WriteString(regexp.QuoteMeta(rest[:1]))
		}
	}
	return regexp.Compile(`^(?:` + out.String() + `)$`)
}

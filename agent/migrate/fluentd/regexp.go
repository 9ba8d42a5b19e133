package fluentd

import (
	"errors"
	"regexp"
	"strings"
)

var errForeign = errors.New("means something else, or nothing, outside of Ruby")

// foreign is what Ruby's regular expressions have (Onigmo, doc/RE) and RE2 has not, or has with another meaning and without a complaint: set
// operations and sets in sets, inline flags but i, \Q, \C, {,n}.
var foreign = regexp.MustCompile(`&&|\[[^\]]*\[[^:]|\(\?[^:i<]|\(\?i[^:)]|\(\?<[=!]|\\[QC]|\{,`)

// translate makes a regular expression of Ruby's one for RE2 that matches the same. ^ and $ are those of lines there.
func translate(source, flags string) (*regexp.Regexp, error) {
	ours := "m"
	for _, flag := range flags {
		switch flag {
		case 'i':
			ours += "i"
		case 'm':
			ours += "s"
		default:
			return nil, errForeign
		}
	}
	if foreign.MatchString(source) {
		return nil, errForeign
	}
	source = strings.ReplaceAll(source, `\/`, "/")
	re, err := regexp.Compile("(?" + ours + ")" + source)
	if err != nil {
		return nil, errForeign
	}
	return re, nil
}

// literal is /…/flags in its two parts, or all of a text that is not of that form.
func literal(text string) (source, flags string) {
	inner, ok := strings.CutPrefix(text, "/")
	end := strings.LastIndexByte(inner, '/')
	if !ok || end < 0 || strings.Trim(inner[end+1:], "imxn") != "" {
		return text, ""
	}
	return inner[:end], inner[end+1:]
}

var plainPattern = regexp.MustCompile(`^\^?[A-Za-z0-9_:/@ %=,\-\\.]*\$?$`)

// simple are the texts that an expression asks for, where it is no more than that: words, between ^ and $ or not, and with | or not. kind is == for
// whole ones, startsWith, endsWith or contains.
func simple(source string) (words []string, kind string, ok bool) {
	begins, ends := strings.HasPrefix(source, "^"), strings.HasSuffix(source, "$") && !strings.HasSuffix(source, `\$`)
	inner := strings.TrimSuffix(strings.TrimPrefix(source, "^"), "$")
	grouped := strings.HasPrefix(inner, "(") && strings.HasSuffix(inner, ")")
	if grouped {
		inner = strings.TrimPrefix(strings.TrimSuffix(strings.TrimPrefix(inner, "("), ")"), "?:")
	}
	words = strings.Split(inner, "|")
	if len(words) > 1 && !grouped && (begins || ends) {
		return nil, "", false // ^a|b$ is (^a)|(b$)
	}
	for i, word := range words {
		plain := strings.NewReplacer(`\.`, "", `\-`, "", `\/`, "").Replace(word)
		if !plainPattern.MatchString(plain) || strings.ContainsAny(plain, `.\^$`) || word == "" {
			return nil, "", false
		}
		words[i] = strings.ReplaceAll(word, `\`, "")
	}
	switch {
	case begins && ends:
		kind = "=="
	case begins:
		kind = "startsWith"
	case ends:
		kind = "endsWith"
	default:
		kind = "contains"
	}
	return words, kind, true
}

package config

import (
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	d := &document{lookup: func(name string) (string, bool) {
		value, set := map[string]string{"A": "one", "_b2": "two", "EMPTY": "", "NESTED": "${A}"}[name]
		return value, set
	}}
	for text, want := range map[string]string{
		"":                     "",
		"plain $A $ {A} }":     "plain $A $ {A} }",
		"${A}":                 "one",
		"<${A}${_b2}>":         "<onetwo>",
		"${A:-other}":          "one",
		"${NONE:-other}":       "other",
		"${NONE:-}":            "",
		"${EMPTY}":             "",
		"${EMPTY:-other}":      "other",
		"${NONE:-a:-b $ {c\"}": "a:-b $ {c\"",
		"$${A}":                "${A}",
		"$$${A}":               "$${A}",
		"$${${A}}":             "${one}",
		"${NESTED}":            "${A}",
	} {
		if got, err := d.expand(text); err != nil || got != want {
			t.Errorf("expand(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"${":         "without its }",
		"a ${A":      "without its }",
		"${}":        "names no variable",
		"${:-x}":     "names no variable",
		"${1A}":      "names no variable",
		"${A-x}":     "names no variable",
		"${ A }":     "names no variable",
		"${NONE}":    "variable NONE, which is not set",
		"${A}${N\n}": `"${N\n}"`,
	} {
		if got, err := d.expand(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("expand(%q) = %q, %v; want an error with %q", text, got, err, want)
		}
	}
}

func TestMask(t *testing.T) {
	secret := text{written: "${S}", expanded: "hunter22"}
	for problem, want := range map[string]string{
		`"hunter22" is no number`: `"${S}" is no number`,
		"no digit in hunter22":    `"${S}" expands to something that does not fit here`,
		"is missing":              "is missing",
	} {
		if got := secret.mask(problem); got != want {
			t.Errorf("mask(%q) = %q, want %q", problem, got, want)
		}
	}
}

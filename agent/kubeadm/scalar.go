package kubeadm

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// span is where a scalar stands, with its quotes.
func (e *editor) span(n *yaml.Node) (from, to int, ok bool) {
	line := e.line(n.Line)
	at := 0
	for range n.Column - 1 { // columns count characters
		_, size := utf8.DecodeRune(line[at:])
		at += size
	}
	from = e.lines[n.Line-1] + at
	for end := 1; end <= len(line)-at; end++ {
		if scalarEnds(n.Style, line[at:], end) && reads(line[at:at+end], n.Value) {
			return from, from + end, true
		}
	}
	return 0, 0, false
}

// reads tells whether a text is a scalar of that value.
func reads(text []byte, value string) bool {
	var document yaml.Node
	err := yaml.Unmarshal(text, &document)
	return err == nil && len(document.Content) == 1 && document.Content[0].Kind == yaml.ScalarNode && document.Content[0].Value == value
}

// scalarEnds tells whether a scalar may end before text[end]. That it does, its value must show.
func scalarEnds(style yaml.Style, text []byte, end int) bool {
	rest := text[end:]
	switch style {
	case yaml.DoubleQuotedStyle:
		return end > 1 && text[end-1] == '"' && (text[end-2] != '\\' || bytes.HasSuffix(text[:end-1], []byte(`\\`)))
	case yaml.SingleQuotedStyle:
		return end > 1 && text[end-1] == '\'' && !bytes.HasPrefix(rest, []byte("'")) && bytes.Count(text[:end], []byte("'"))%2 == 0
	case 0:
		tail := bytes.TrimLeft(rest, " \t")
		return len(bytes.TrimRight(tail, "\r\n")) == 0 || len(tail) < len(rest) && tail[0] == '#' || bytes.ContainsAny(rest[:1], ",]}")
	}
	return false
}

// plain are strings that mean themselves in YAML 1.1 and 1.2 without quotes, and are no number, boolean or null.
var plain = regexp.MustCompile(`^(--[a-z]|/)[A-Za-z0-9/_.,=:+-]*[A-Za-z0-9/_-]$|^[A-Z][a-z]+[A-Z][A-Za-z]*$|^[a-z]{4,}$|^[a-z]+-[a-z][a-z0-9-]*$`)

// quote writes a string as YAML.
func quote(value string) string {
	if plain.MatchString(value) && value != "true" && value != "false" && value != "null" {
		return value
	}
	text, err := json.Marshal(value) // every JSON string is a double-quoted one of YAML
	if err != nil {
		panic(err) // strings always can
	}
	return string(text)
}

// quoteLike writes it with the quotes that were there.
func quoteLike(style yaml.Style, value string) string {
	switch {
	case style == yaml.SingleQuotedStyle && !strings.ContainsAny(value, "'\n"):
		return "'" + value + "'"
	case style == yaml.DoubleQuotedStyle && plain.MatchString(value):
		return `"` + value + `"`
	}
	return quote(value)
}

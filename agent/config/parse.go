package config

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// parse makes the tree of the one document in a file.
func parse(data []byte) (root *yaml.Node, fault *Fault) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors begin every file with it
	if fault := checkText(data); fault != nil {
		return nil, fault
	}
	lines := &lineReader{rest: data}
	decoder := yaml.NewDecoder(lines)
	var first, second yaml.Node
	if err := decodeNode(decoder, &first); err == io.EOF || err == nil && empty(&first) {
		return nil, &Fault{Line: 1, Problem: "the file is empty; it needs at least cluster, inputs and outputs"}
	} else if err != nil {
		return nil, syntaxFault(data, lines.served, err)
	}
	switch err := decodeNode(decoder, &second); {
	case err == nil:
		return nil, &Fault{Line: second.Line, Problem: "a second document begins; one file holds one, so remove the --- and what does not belong"}
	case err != io.EOF:
		return nil, syntaxFault(data, lines.served, err)
	}
	return first.Content[0], nil
}

// decodeNode keeps a panic of the parser, which hostile files may find, from ending the agent.
func decodeNode(decoder *yaml.Decoder, node *yaml.Node) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("yaml: the parser gave up: %v", cause)
		}
	}()
	return decoder.Decode(node)
}

func empty(n *yaml.Node) bool {
	return len(n.Content) != 1 || n.Content[0].Kind == yaml.ScalarNode && n.Content[0].Value == ""
}

// checkText finds what is no text: the parser says nothing useful of it.
func checkText(data []byte) *Fault {
	if len(data) > maxBytes {
		return &Fault{Problem: tooLong}
	}
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return &Fault{Line: 1, Problem: "is UTF-16; save it as UTF-8"}
	}
	line := 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return &Fault{Line: line, Problem: fmt.Sprintf("byte 0x%02x is not UTF-8; save the file as UTF-8", data[i])}
		case r == '\n':
			line++
		case r < ' ' && r != '\t' && r != '\r', r == 0x7f, r > 0x7f && r < 0xa0 && r != 0x85:
			return &Fault{Line: line, Problem: fmt.Sprintf("holds the control character %U; remove it", r)}
		}
		i += size
	}
	return nil
}

// lineReader gives the parser a line at a time, so that it is known how far it came.
type lineReader struct {
	rest   []byte
	served int // lines
}

func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	length := bytes.IndexByte(r.rest, '\n') + 1
	if length == 0 {
		length = len(r.rest)
	}
	n := copy(p, r.rest[:length])
	if n == length {
		r.served++
	}
	r.rest = r.rest[n:]
	return n, nil
}

var syntaxError = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?((?s).*)$`)

// syntaxFault says where and why the parser stopped. Its own line numbers are right for what is wrong with a token; for a
// token in the wrong place they are those of the block around it, so that the line it stopped at says more.
func syntaxFault(data []byte, served int, err error) *Fault {
	match := syntaxError.FindStringSubmatch(err.Error())
	line, convErr := strconv.Atoi(match[1])
	if strings.HasPrefix(match[2], "did not find expected") {
		line = served
	} else if convErr != nil {
		line = 1
	}
	if tab := tabbed(data); tab > 0 && tab <= line+1 {
		return &Fault{Line: tab, Problem: "is indented with a tab; YAML wants spaces"}
	}
	advice := "check indentation, colons and quotes"
	if bytes.Contains(data, []byte("${")) && strings.ContainsAny(match[2], "{}[],") {
		advice = `between { } or [ ], put quotes around "${VAR}"`
	}
	return &Fault{Line: line, Problem: "is not valid YAML: " + match[2] + "; " + advice}
}

// tabbed is the first line whose indentation holds a tab, 0 if none does.
func tabbed(data []byte) int {
	line := 0
	for text := range bytes.Lines(data) {
		line++
		rest := bytes.TrimLeft(text, " ")
		if len(bytes.TrimSpace(rest)) > 0 && rest[0] == '\t' {
			return line
		}
	}
	return 0
}

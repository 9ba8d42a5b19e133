package conf

import "strings"

// Value is what stands behind a key: text, in parts of which some are only known where fluentd runs.
type Value struct {
	Parts []Part
	JSON  bool // it is an array or a hash
}

// Part is one of: literal text, an environment variable, the host's name, one of fluentd's words, Ruby code.
type Part struct {
	Text    string // literal; of Env the variable's name; of Code the code
	Kind    Kind
	Default []Part // of Env: what stands for a variable that is not set
}

// Kind says what a Part is.
type Kind uint8

// The kinds of parts.
const (
	Literal    Kind = iota
	Env             // #{ENV['X']}
	Hostname        // #{Socket.gethostname}, #{hostname}
	UseDefault      // #{use_default}: as if the parameter was not there
	UseNil          // #{use_nil}, nil: no value
	Code            // Ruby that nobody ran
)

// Text makes a Value of text.
func Text(text string) Value { return Value{Parts: []Part{{Text: text}}} }

// Plain is the text; not ok where a part is only known elsewhere.
func (v Value) Plain() (text string, ok bool) {
	for _, p := range v.Parts {
		if p.Kind != Literal {
			return "", false
		}
	}
	return v.String(), true
}

// Has tells whether a part is of the kind.
func (v Value) Has(kind Kind) bool { return has(v.Parts, kind) }

func has(parts []Part, kind Kind) bool {
	for _, p := range parts {
		if p.Kind == kind || has(p.Default, kind) {
			return true
		}
	}
	return false
}

// Resolve is the text by an environment and a host's name. unset names the variables that it lacks; given is false where
// the value counts as not given, or as nil.
func (v Value) Resolve(lookup func(string) (string, bool), host string) (text string, given bool, unset []string) {
	text, given = resolve(v.Parts, lookup, host, &unset)
	return text, given, unset
}

func resolve(parts []Part, lookup func(string) (string, bool), host string, unset *[]string) (text string, given bool) {
	var out strings.Builder
	for _, p := range parts {
		switch p.Kind {
		case Literal:
			out.WriteString(p.Text)
		case Hostname:
			out.WriteString(host)
		case UseDefault, UseNil:
			return "", false
		case Code:
			out.WriteString("#{" + p.Text + "}")
		case Env:
			value, set := lookup(p.Text)
			if !set && p.Default != nil {
				if value, set = resolve(p.Default, lookup, host, unset); !set {
					return "", false
				}
			}
			if !set {
				*unset = append(*unset, p.Text)
			}
			out.WriteString(value)
		}
	}
	return out.String(), true
}

// String is the value as it may be shown: variables by their names.
func (v Value) String() string {
	var out strings.Builder
	for _, p := range v.Parts {
		switch p.Kind {
		case Literal:
			out.WriteString(p.Text)
		case Env:
			out.WriteString("#{ENV['" + p.Text + "']}")
		case Hostname:
			out.WriteString("#{hostname}")
		case UseDefault:
			out.WriteString("#{use_default}")
		case UseNil:
			out.WriteString("#{use_nil}")
		case Code:
			out.WriteString("#{" + p.Text + "}")
		}
	}
	return out.String()
}

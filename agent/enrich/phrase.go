package enrich

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/terminal"
)

// appendAction appends the members action, action_code and class.
func (w *what) appendAction(dst []byte, s *subject, a *action) []byte {
	dst = append(dst, `,"action":"`...)
	start := len(dst)
	if a.lead != "" {
		dst = w.appendPhrase(dst, s, a.lead)
	}
	dst = w.appendPhrase(dst, s, a.phrase)
	if a.tail != "" {
		dst = w.appendPhrase(dst, s, a.tail)
	}
	dst = append(clipPhrase(dst, start), `","action_code":"`...)
	dst = appendCode(dst, s, a)
	if a.class == "" {
		return append(dst, '"')
	}
	dst = append(append(dst, `","class":"`...), a.class...)
	return append(dst, '"')
}

// appendPhrase appends a phrase in which directives stand for what the event says. All of that are words of others, and are
// escaped so that they stay on one line and can't reorder what is read.
//
//	%k the kind in the singular    %K in the plural    %s the subresource    %u the path of the URL
//	%t " NAMESPACE/NAME", or " in NAMESPACE" where there is no name          %d detail
//	%w " in NAMESPACE", or " in all namespaces"                              %i whom to impersonate
func (w *what) appendPhrase(dst []byte, s *subject, phrase string) []byte {
	for {
		i := strings.IndexByte(phrase, '%')
		if i < 0 {
			return append(dst, phrase...)
		}
		dst = w.appendDirective(append(dst, phrase[:i]...), s, phrase[i+1])
		phrase = phrase[i+2:]
	}
}

func (w *what) appendDirective(dst []byte, s *subject, directive byte) []byte {
	switch directive {
	case 'k':
		return w.appendKind(dst, s)
	case 'K':
		return w.appendVisible(dst, s.Event, s.Object.Resource)
	case 's':
		return w.appendVisible(dst, s.Event, s.Object.Subresource)
	case 't':
		return w.appendPlace(dst, s)
	case 'w':
		return w.appendWhere(dst, s)
	case 'u':
		return w.appendVisible(dst, s.Event, pathOf(s.Event))
	case 'd':
		return w.appendEscaped(dst, w.detail)
	}
	return w.appendEscaped(dst, w.whom)
}

// appendKind appends the kind in the singular. One that has the name of a kind of Kubernetes and is another, such as the
// pods of metrics.k8s.io, is told with its group.
func (w *what) appendKind(dst []byte, s *subject) []byte {
	if s.kind != nil {
		return append(dst, s.kind.one...)
	}
	resource := s.Object.Resource
	if resource.Escaped || resource.Len() > maxName {
		return w.appendVisible(dst, s.Event, resource)
	}
	start := len(dst)
	dst = singular(dst, s.Bytes(resource.Span))
	if !plain(dst[start:]) {
		return w.appendVisible(dst[:start], s.Event, resource)
	}
	if s.takesName() {
		dst = w.appendVisible(append(dst, '.'), s.Event, s.Object.APIGroup)
	}
	return dst
}

// takesName tells whether it is no kind of Kubernetes, but has the name of one.
func (s *subject) takesName() bool {
	return s.kind == nil && kinds[string(s.Bytes(s.Object.Resource.Span))] != nil
}

func (w *what) appendPlace(dst []byte, s *subject) []byte {
	named, inNamespace := s.name.Len() > 0, s.Object.Namespace.Len() > 0 && (s.kind == nil || s.kind.namespaced)
	switch {
	case !named && !inNamespace:
		return dst
	case !named:
		return w.appendVisible(append(dst, " in "...), s.Event, s.Object.Namespace)
	}
	dst = append(dst, ' ')
	if inNamespace {
		dst = append(w.appendVisible(dst, s.Event, s.Object.Namespace), '/')
	}
	return w.appendVisible(dst, s.Event, s.name)
}

func (w *what) appendWhere(dst []byte, s *subject) []byte {
	switch {
	case s.kind != nil && !s.kind.namespaced:
		return dst
	case s.Object.Namespace.Len() > 0:
		return w.appendVisible(append(dst, " in "...), s.Event, s.Object.Namespace)
	case s.kind != nil:
		return append(dst, " in all namespaces"...)
	}
	return dst
}

// appendCode appends the code of an action. Resources are named by whoever defines them, or calls what nobody defined: names
// that are no part of a code are "other" there.
func appendCode(dst []byte, s *subject, a *action) []byte {
	if a.code[0] != '-' {
		return append(dst, a.code...)
	}
	start := len(dst)
	if s.kind != nil {
		dst = append(dst, s.kind.one...)
	} else {
		if s.takesName() {
			group, _, _ := bytes.Cut(s.Bytes(s.Object.APIGroup.Span), []byte{'.'})
			dst = append(append(dst, group...), '-')
		}
		dst = orOther(singular(dst, s.Bytes(s.Object.Resource.Span)), start)
	}
	if a.below {
		start = len(dst) + 1
		dst = orOther(append(append(dst, '-'), s.Bytes(s.Object.Subresource.Span)...), start)
	}
	return append(dst, a.code...)
}

// orOther replaces what is no part of a code.
func orOther(dst []byte, start int) []byte {
	word := dst[start:]
	if len(word) > 0 && len(word) <= 63 && len(bytes.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789-")) == 0 {
		return dst
	}
	return append(dst[:start], "other"...)
}

// appendVisible appends a text of the event, its beginning if it is long, so that it is content of a JSON string that is safe
// to look at: see appendEscaped.
func (w *what) appendVisible(dst []byte, e *event.Event, t event.Text) []byte {
	if content := e.Bytes(t.Span); !t.Escaped && len(content) <= maxName && printable(content) {
		return append(dst, content...)
	}
	w.visible = appendName(w.visible[:0], e, t)
	decoded := len(w.visible)
	w.visible = terminal.AppendEscaped(w.visible, w.visible[:decoded])
	return appendQuoted(dst, w.visible[decoded:])
}

// appendEscaped appends decoded text with all that is not printable as an escape of Go, such as \x1b or \u202e, which stays
// visible when the JSON around it is decoded.
func (w *what) appendEscaped(dst, text []byte) []byte {
	if plain(text) {
		return append(dst, text...)
	}
	w.visible = terminal.AppendEscaped(w.visible[:0], text)
	return appendQuoted(dst, w.visible)
}

// appendQuoted appends text without control characters as content of a JSON string.
func appendQuoted(dst, text []byte) []byte {
	for _, c := range text {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}

// appendName appends the beginning of a text of the event, decoded, and "…" where that is not all.
func appendName(dst []byte, e *event.Event, t event.Text) []byte {
	t, all := e.Clip(t, maxName)
	dst = e.AppendText(dst, t)
	if !all {
		dst = append(dst, "…"...)
	}
	return dst
}

// printable tells whether the content of a JSON string without escapes is ASCII, but DEL: it has no control characters.
func printable(content []byte) bool {
	all := byte(0)
	for _, c := range content {
		all |= c | (c + 1)
	}
	return all < 0x80
}

// plain tells whether text is printable ASCII that stands for itself in JSON.
func plain(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// clipPhrase cuts the content of a JSON string that begins at start between two characters.
func clipPhrase(dst []byte, start int) []byte {
	if len(dst)-start <= maxPhrase {
		return dst
	}
	end := start
	for {
		size := 1
		if c := dst[end]; c == '\\' {
			size = 2 // appendQuoted makes no others
		} else if c >= utf8.RuneSelf {
			_, size = utf8.DecodeRune(dst[end:])
		}
		if end+size > start+maxPhrase {
			return append(dst[:end], "…"...)
		}
		end += size
	}
}

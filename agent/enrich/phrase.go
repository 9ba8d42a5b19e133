package enrich

import (
	"strings"
	"unicode/utf8"
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

package rules

import (
	"bytes"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/query"
)

// plainPath is the path of the request, if it can be had as it stands in the record.
func plainPath(e *event.Event) (path []byte, ok bool) {
	uri := e.Bytes(e.Text(event.RequestURI).Span)
	for i, c := range uri {
		switch c {
		case '?':
			return uri[:i], true
		case '\\', '%':
			return nil, false
		}
	}
	return uri, true
}

// appendPath appends the path of the request with its escapes, those of JSON and those of the URI, resolved.
func appendPath(dst []byte, e *event.Event) []byte {
	start := len(dst)
	dst = e.AppendText(dst, e.Text(event.RequestURI))
	path, _, _ := bytes.Cut(dst[start:], []byte("?"))
	return dst[:start+len(query.DecodePath(path))]
}

// namespace is the namespace of the request: that of objectRef, unless the body of a write may have put it there.
func namespace(e *event.Event) event.Text {
	claimed := e.Object.Namespace
	if claimed.Len() == 0 || !writesObject(e) || pathHasNamespace(e, claimed) {
		return claimed
	}
	return event.Text{}
}

// writesObject tells whether the API server completes objectRef from the body (audit.LogRequestObject).
func writesObject(e *event.Event) bool {
	verb := e.Text(event.Verb)
	return e.Equal(verb, "create") || e.Equal(verb, "update")
}

func pathHasNamespace(e *event.Event, ns event.Text) bool {
	if path, ok := plainPath(e); ok && !ns.Escaped {
		return hasNamespace(path, e.Bytes(ns.Span))
	}
	var uri [2048]byte
	var name [256]byte
	return hasNamespace(appendPath(uri[:0], e), e.AppendText(name[:0], ns))
}

// hasNamespace tells whether the path is /api/VERSION/namespaces/NAME or below, or the same of another group.
func hasNamespace(path, name []byte) bool {
	const key = "/namespaces/"
	at := bytes.Index(path, []byte(key))
	if at < 0 {
		return false
	}
	rest, ok := bytes.CutPrefix(path[at+len(key):], name)
	return ok && (len(rest) == 0 || rest[0] == '/')
}

// name is the name in the path of the request: that of objectRef, unless the body of a create may have put it there.
func name(e *event.Event) event.Text {
	if e.Object.Subresource.Len() == 0 && e.Equal(e.Text(event.Verb), "create") && !pathHasName(e) {
		return event.Text{}
	}
	return e.Object.Name
}

// pathHasName tells whether the path ends in namespaces/NAMESPACE/RESOURCE/NAME or VERSION/RESOURCE/NAME. Nobody answers a create there,
// but it is judged.
func pathHasName(e *event.Event) bool {
	var uri [2048]byte
	var end [1024]byte
	o := &e.Object
	path := bytes.TrimRight(appendPath(uri[:0], e), "/")
	within := e.AppendText(append(end[:0], "/namespaces/"...), o.Namespace)
	if bytes.HasSuffix(path, appendTarget(within, e)) {
		return true
	}
	return bytes.HasSuffix(path, appendTarget(e.AppendText(append(end[:0], '/'), o.APIVersion), e))
}

// appendTarget appends /RESOURCE/NAME.
func appendTarget(dst []byte, e *event.Event) []byte {
	dst = e.AppendText(append(dst, '/'), e.Object.Resource)
	return e.AppendText(append(dst, '/'), e.Object.Name)
}

package redact

import (
	"bytes"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/query"
)

var uriStep = step{key: []byte("requestURI")}

// query redacts the values of parameters of the requestURI that have the names of credentials, and the arguments of exec.
func (r *Redactor) query(e *event.Event) {
	uri := e.Text(event.RequestURI)
	content := e.Bytes(uri.Span)
	if !r.known.suspect(content, uri.Escaped) {
		return
	}
	w := walker{Redactor: r, b: e.Raw}
	before := w.mark()
	r.edits.left = mostEdits
	r.list.push(uriStep)
	w.text(int(uri.Start), content, uri.Escaped, (*Redactor).parameters)
	w.instead(before, int(uri.Start)-1)
	r.values.pick()
	r.list.pop()
}

// parameters looks at those of a URI.
func (r *Redactor) parameters(uri []byte) {
	flagged := false
	for start, end := nextParameter(uri, bytes.IndexByte(uri, '?')); start < end; start, end = nextParameter(uri, end) {
		equals := bytes.IndexByte(uri[start:end], '=')
		if equals < 0 {
			continue
		}
		name, value := uri[start:start+equals], span{start + equals + 1, end}
		r.decodedName = appendDecoded(r.decodedName[:0], name)
		r.list.push(step{key: r.decodedName})
		switch {
		case r.names.match(r.decodedName):
			r.decoded = appendDecoded(r.decoded[:0], uri[value.start:value.end])
			r.hideParameter(value)
		case fold(r.decodedName, "command"), fold(r.decodedName, "cmd"): // of exec, and of a kubelet's run behind a proxy
			flagged = r.commandParameter(uri, value, flagged)
		}
		r.list.pop()
	}
}

// nextParameter is the next one behind the separator at i, empty at the end.
func nextParameter(uri []byte, i int) (start, end int) {
	for start = i + 1; i >= 0 && start < len(uri); start = end + 1 {
		end = len(uri)
		if n := bytes.IndexAny(uri[start:], "&;"); n >= 0 {
			end = start + n
		}
		if end > start {
			return start, end
		}
	}
	return 0, 0
}

func (r *Redactor) hideParameter(value span) {
	if value.end > value.start {
		r.hidePart(value, r.decoded)
	}
}

// commandParameter is argumentPlace for one in a query.
func (r *Redactor) commandParameter(uri []byte, value span, flagged bool) bool {
	r.decoded = appendDecoded(r.decoded[:0], uri[value.start:value.end])
	switch {
	case r.arguments == ArgumentNone:
		return false
	case r.arguments == ArgumentAll, flagged && !isFlag(r.decoded):
		r.hideParameter(value)
	default:
		from := len(r.edits.list)
		r.command(r.decoded)
		r.edits.lift(from, uri[value.start:value.end], value.start, queryStep, nil)
	}
	return r.names.asks(r.decoded) || flagged && !isDecodable(uri[value.start:value.end])
}

// isDecodable tells whether all escapes are some. The API server drops a parameter of which that is not so: what follows stands
// behind the one before it then.
func isDecodable(content []byte) bool {
	for i, c := range content {
		if c == '%' {
			if _, ok := query.Escape(content[i:]); !ok {
				return false
			}
		}
	}
	return true
}

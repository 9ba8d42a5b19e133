// Package proxy tells what a request through the proxy of a node, pod or service asks for. The API server passes the path on
// decoded and cleaned, so that //exec, /x/../exec and /%65xec all reach a kubelet's /exec: what goes by the bytes of requestURI
// is fooled by one more character.
package proxy

import (
	"bytes"
	"path"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/query"
)

// AppendPath appends the path that is asked for behind RESOURCE/NAME/proxy, as the backend gets it: decoded, and without empty parts,
// "." and ".." (k8s.io/kubernetes pkg/registry/core/node/rest ProxyREST.Connect). Nothing where the request names none.
// It allocates for paths that must be cleaned, and what dst has no room for.
func AppendPath(dst []byte, e *event.Event) []byte {
	start := len(dst)
	dst = e.AppendText(dst, e.Text(event.RequestURI))
	asked, _ := query.Split(dst[start:])
	behind := cutTarget(query.DecodePath(asked), e)
	if mustBeCleaned(behind) {
		return append(dst[:start], clean(string(behind))...)
	}
	return append(dst[:start], behind...) // it stands further back in the same memory
}

// cutTarget is what follows /RESOURCE/NAME/proxy in a decoded path. No part before the resource can be taken for it, since what is
// there is given: /api/VERSION, or /api/VERSION/namespaces/NAMESPACE.
func cutTarget(decoded []byte, e *event.Event) []byte {
	var buf [512]byte
	target := e.AppendText(append(buf[:0], '/'), e.Object.Resource)
	target = e.AppendText(append(target, '/'), e.Object.Name)
	_, behind, found := bytes.Cut(decoded, append(target, "/proxy/"...))
	if !found {
		return nil
	}
	return decoded[len(decoded)-len(behind)-1:] // with its slash
}

// mustBeCleaned tells whether a path may have parts that go.
func mustBeCleaned(behind []byte) bool {
	return bytes.Contains(behind, []byte("//")) || bytes.Contains(behind, []byte("/."))
}

// clean is path.Join("/", behind), which keeps a slash at the end.
func clean(behind string) string {
	cleaned := path.Clean("/" + behind)
	if behind[len(behind)-1] == '/' && cleaned != "/" {
		cleaned += "/"
	}
	return cleaned
}

// IntoContainers tells whether a path of a kubelet, as AppendPath gives it, leads into containers
// (k8s.io/kubernetes/pkg/kubelet/server).
func IntoContainers(behind []byte) bool {
	if len(behind) == 0 {
		return false
	}
	first, _, _ := bytes.Cut(behind[1:], []byte{'/'})
	switch string(first) {
	case "run", "exec", "attach", "portForward", "cri":
		return true
	}
	return false
}

// Enters tells whether an event on a proxy asks for such a path. What answers behind a pod or service may be no kubelet: nobody can
// tell from the event.
func Enters(e *event.Event) bool {
	var buf [1024]byte
	return IntoContainers(AppendPath(buf[:0], e))
}

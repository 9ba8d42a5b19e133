package enrich

import (
	"bytes"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/proxy"
	"github.com/auditship/auditship/agent/event/query"
	"github.com/auditship/auditship/agent/session"
)

// These say an action more exactly where the body or the URI tells. Bodies are there from level Request on.

// body is a value in the body of the request.
func (s *subject) body(keys ...string) event.Span {
	return s.Find(s.Members[event.RequestObject].Value, keys...)
}

// onlyBody is a value in the body of the request, if nothing stands beside it.
func (s *subject) onlyBody(keys ...string) event.Span {
	return s.FindAlone(s.Members[event.RequestObject].Value, keys...)
}

// refineSession names what is done inside a pod.
func (w *what) refineSession(s *subject, a *action) {
	v := w.visit
	if v == nil {
		return
	}
	switch {
	case v.Kind == session.Copy && v.Out:
		a.code, a.phrase = "pod-copy-out", "copy %d out of pod%t"
		w.detail = append(w.detail, v.Path...)
		return
	case v.Kind == session.Copy && len(v.Path) > 0:
		a.code, a.phrase = "pod-copy-in", "copy into pod%t: %d"
		w.detail = append(w.detail, v.Path...)
		return
	case v.Kind == session.Copy:
		a.code, a.phrase = "pod-copy-in", "copy into pod%t"
		return
	case v.Kind == session.Debug && len(v.Container) > 0:
		a.code, a.phrase = "pod-debug", "debug pod%t in container %d"
		w.detail = append(w.detail, v.Container...)
	}
	if len(v.Argv) > 0 {
		if len(w.detail) == 0 {
			a.tail = ": %d"
		} else {
			w.detail = append(w.detail, ": "...)
		}
		w.detail = appendCommand(w.detail, v.Argv)
	}
}

// refineBinding says who gets which role.
func (w *what) refineBinding(s *subject, a *action) {
	role := s.body("roleRef")
	name := s.TextOf(s.Find(role, "name"))
	if name.Len() == 0 {
		return
	}
	roleKind := "role "
	if s.Equal(s.TextOf(s.Find(role, "kind")), "ClusterRole") {
		roleKind = "clusterrole "
	}
	w.detail = append(w.detail, roleKind...)
	w.appendPart(s.Event, name)
	subjects := 0
	for subject := range s.Elements(s.body("subjects")) {
		if subjects++; subjects == 1 {
			w.appendSubject(s, subject)
		}
	}
	switch {
	case subjects == 2:
		w.detail = append(w.detail, " and another"...)
	case subjects > 2:
		w.detail = append(w.detail, " and others"...)
	}
	a.phrase = "bind %d%w"
}

// appendSubject appends a subject of a binding (rbac.authorization.k8s.io/v1 Subject).
func (w *what) appendSubject(s *subject, span event.Span) {
	kind, namespace := s.TextOf(s.Find(span, "kind")), s.TextOf(s.Find(span, "namespace"))
	w.detail = append(w.detail, " to "...)
	switch {
	case s.Equal(kind, "User"):
		w.detail = append(w.detail, "user "...)
	case s.Equal(kind, "Group"):
		w.detail = append(w.detail, "group "...)
	case s.Equal(kind, "ServiceAccount"):
		w.detail = append(w.detail, "service account "...)
		if namespace.Len() > 0 {
			w.appendPart(s.Event, namespace)
			w.detail = append(w.detail, '/')
		}
	}
	w.appendPart(s.Event, s.TextOf(s.Find(span, "name")))
}

// appendPart appends a name to the detail, quoted where it has blanks or the like: a role called "view to user alice" must not read as
// if it were bound to alice.
func (w *what) appendPart(e *event.Event, name event.Text) {
	if name.Len() == 0 {
		return
	}
	w.visible = appendName(w.visible[:0], e, name)
	w.detail = appendArg(w.detail, w.visible)
}

// refineApproval tells yes from no: the last condition that is one of them is what was added.
func (w *what) refineApproval(s *subject, a *action) {
	for condition := range s.Elements(s.body("status", "conditions")) {
		switch kind := s.TextOf(s.Find(condition, "type")); {
		case s.Equal(kind, "Approved"):
			a.code, a.phrase = "certificate-approve", "approve certificate signing request%t"
		case s.Equal(kind, "Denied"):
			a.code, a.phrase = "certificate-deny", "deny certificate signing request%t"
		}
	}
}

// refineCordon knows the patch of kubectl cordon, uncordon and drain. One that changes more is no cordon: nothing may hide behind it.
func (w *what) refineCordon(s *subject, a *action) {
	switch string(s.Bytes(s.onlyBody("spec", "unschedulable"))) {
	case "true":
		a.code, a.phrase = "node-cordon", "cordon node%t"
	case "false", "null":
		a.code, a.phrase = "node-uncordon", "uncordon node%t"
	}
}

// refineRestart knows the patch of kubectl rollout restart, which has the annotation and nothing else: with another image beside it,
// it is an update. An apply repeats what was there before, and has a kind.
func (w *what) refineRestart(s *subject, a *action) {
	if s.verb == patches && s.onlyBody("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt").Present() {
		a.code, a.phrase = "-restart", "restart %k%t"
	}
}

// refineScale says to how many.
func (w *what) refineScale(s *subject, a *action) {
	replicas := s.Bytes(s.body("spec", "replicas"))
	if len(replicas) > 0 && len(replicas) <= 10 && len(bytes.Trim(replicas, "0123456789")) == 0 {
		w.detail = append(w.detail, replicas...)
		a.phrase = "scale %k%t to %d"
	}
}

// refineSchedule says onto which node.
func (w *what) refineSchedule(s *subject, a *action) {
	if node := s.TextOf(s.body("target", "name")); node.Len() > 0 {
		w.detail = appendName(w.detail, s.Event, node)
		a.phrase = "schedule pod%t onto node %d"
	}
}

// refineAccess says what was asked about (authorization.k8s.io/v1 ResourceAttributes).
func (w *what) refineAccess(s *subject, a *action) {
	asked := s.body("spec", "resourceAttributes")
	if !asked.Present() {
		return
	}
	a.tail = ": %d"
	w.appendPart(s.Event, s.TextOf(s.Find(asked, "verb")))
	for _, part := range [...]struct{ key, before string }{{"resource", " "}, {"subresource", "/"}, {"name", " "}, {"namespace", " in "}} {
		if text := s.TextOf(s.Find(asked, part.key)); text.Len() > 0 {
			w.detail = append(w.detail, part.before...)
			w.appendPart(s.Event, text)
		}
	}
}

// refineProxy says for what. Through the proxy of a node its kubelet is reached, and with it every container, without an
// event on a pod (kubernetes/kubernetes#136550).
func (w *what) refineProxy(s *subject, a *action) {
	var buf [1024]byte
	behind := proxy.AppendPath(buf[:0], s.Event)
	if len(behind) == 0 {
		return
	}
	w.detail = append(w.detail, behind[:min(len(behind), maxPath)]...)
	a.phrase = "proxy to %k%t: %d"
	if s.kind != nil && s.kind.one == "node" && proxy.IntoContainers(behind) {
		a.code, a.class = "node-proxy-exec", visiting
	}
}

// selects tells whether a deletecollection names what it deletes, by labels or fields.
func (w *what) selects(e *event.Event) bool {
	_, rest := query.Split(w.sessions.URI(e))
	pairs := query.Pairs(rest)
	for key, value, ok := pairs.Next(); ok; key, value, ok = pairs.Next() {
		if len(value) > 0 && (query.Is(key, "labelSelector") || query.Is(key, "fieldSelector")) {
			return true
		}
	}
	return false
}

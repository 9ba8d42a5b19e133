package doctor

import (
	"strings"

	"github.com/auditship/auditship/agent/kubeadm"
)

// gone are feature gates that kube-apiserver knows no more since a minor version: it does not start with one.
var gone = map[string]int{"AdvancedAuditing": 28, "DynamicAuditing": 19}

// checkStart finds what keeps a kube-apiserver of today from starting.
func (e *examination) checkStart() {
	before := len(e.results)
	for _, f := range e.server.flags {
		switch {
		case f.Name == "feature-gates":
			e.checkGates(f)
		case f.Name == "audit-dynamic-configuration":
			e.removed(f, 19, "take the flag out", "the flag")
		case (f.Name == "audit-log-version" || f.Name == "audit-webhook-version") && f.Value != "audit.k8s.io/v1":
			e.removed(f, 24, "take the flag out: audit.k8s.io/v1 is the default", "that version of the format")
		}
	}
	if len(e.results) == before {
		e.ok("removed-flags", e.server.name, "no flag and no gate about audit that was removed")
	}
}

func (e *examination) checkGates(f kubeadm.Flag) {
	for gate := range strings.SplitSeq(f.Value, ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(gate), "=")
		if since := gone[name]; since > 0 {
			e.removed(f, since, "take "+name+" out of --feature-gates and of kubeadm's ConfigMap kubeadm-config; audit needs no gate", "the gate "+name)
		}
	}
}

func (e *examination) removed(f kubeadm.Flag, since int, do, what string) {
	switch {
	case e.server.minor == 0 || e.server.minor >= since:
		e.fail("removed-flags", e.server.where(f), do, "%s was removed in Kubernetes 1.%d: kube-apiserver does not start with it", what, since)
	default:
		e.warn("removed-flags", e.server.where(f), do, "%s is removed in Kubernetes 1.%d: the upgrade to it fails", what, since)
	}
}

// checkLogFlags looks at where kube-apiserver writes and how, but for rotation.
func (e *examination) checkLogFlags() {
	s := e.server
	path, there := s.flag("audit-log-path")
	webhook, hooked := s.flag("audit-webhook-config-file")
	switch {
	case there && path.Value == "-":
		e.fail("audit-log", s.where(path), "name a file in a mounted directory: "+addAudit, "the audit log goes to standard output, between other lines, and is deleted with the container's log")
	case there && path.Value != "":
		e.ok("audit-log", s.where(path), "%s", path.Value)
	case hooked:
		e.warn("audit-log", s.where(webhook), "have a log, too: "+addAudit, "events go to a webhook alone: what it does not take in time is lost, and there is no log to read again")
	default:
		e.fail("audit-log", s.name, addAudit, "auditing is off: there is no --audit-log-path")
	}
	if !there {
		return
	}
	if f, given := s.flag("audit-log-format"); given && f.Value != "json" {
		e.fail("audit-format", s.where(f), "take the flag out: json is the default", "the log is written as %s, which is no JSON: its lines would all be dead letters", f.Value)
	} else {
		e.ok("audit-format", s.name, "json")
	}
	if f, given := s.flag("audit-log-mode"); given && f.Value == "batch" {
		e.warn("audit-mode", s.where(f), "take the flag out: blocking is the default", "events wait in memory, and are dropped where they come faster than they are written, or kube-apiserver is killed")
	} else {
		e.ok("audit-mode", s.name, "an event is written before its request is answered")
	}
	if f, given := s.flag("audit-log-truncate-enabled"); given && f.Value != "false" {
		e.warn("truncation", s.where(f), "take the flag out, unless something else reads the log", "the bodies of large events are cut away before they are written: who wants to hide what they send makes it large")
	}
}

package doctor

import (
	"strconv"

	"github.com/auditship/auditship/agent/kubeadm"
	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/policy/lint"
)

// maxFindings is how many findings of the policy are told one by one.
const maxFindings = 12

// checkPolicy reads the policy of kube-apiserver as `auditship policy lint` does.
func (e *examination) checkPolicy() {
	f, there := e.server.flag("audit-policy-file")
	if !there || f.Value == "" {
		if _, logs := e.server.flag("audit-log-path"); logs {
			e.fail("audit-policy", e.server.name, addAudit, "there is no --audit-policy-file: kube-apiserver records nothing without")
		}
		return
	}
	path, seen := e.onHost(f.Value)
	if !seen {
		e.fail("audit-policy", e.server.where(f), "mount its directory: "+addAudit, "%s is in no mount: kube-apiserver does not find it, and does not start", f.Value)
		return
	}
	text, err := kubeadm.ReadFile(e.at(path))
	if err != nil {
		e.fail("audit-policy", e.server.where(f), "kube-apiserver does not start without it: "+addAudit, "%v", err)
		return
	}
	p, err := policy.Read(path, text)
	if err != nil {
		e.fail("audit-policy", path, "mend the file; kube-apiserver does not start with it", "%v", err)
		return
	}
	e.tellFindings(path, lint.Check(p))
}

func (e *examination) tellFindings(path string, found []lint.Finding) {
	told, infos := 0, 0
	for i := range found {
		at := &found[i]
		where := path
		if at.Line > 0 {
			where += ":" + strconv.Itoa(at.Line)
		}
		switch {
		case at.Severity == lint.Info:
			infos++
			continue
		case told == maxFindings:
		case at.Severity == lint.Error:
			e.fail("audit-policy", where, at.Instead, "%s: %s", at.Code, at.What)
		default:
			e.warn("audit-policy", where, at.Instead, "%s: %s", at.Code, at.What)
		}
		told++
		if told == maxFindings {
			e.warn("audit-policy", path, "auditship policy lint "+path, "there is more")
			return
		}
	}
	if told == 0 {
		e.ok("audit-policy", path, "nothing is wrong with it, %d hints from `auditship policy lint`", infos)
	}
}

// onHost is where a path of the API server's container is on the host; a process without a manifest has the host's paths.
func (e *examination) onHost(inside string) (path string, there bool) {
	if e.server.manifest == nil {
		return inside, true
	}
	seen := e.server.manifest.Locate(inside)
	return seen.Host, seen.Mounted && seen.Host != ""
}

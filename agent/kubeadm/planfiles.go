package kubeadm

import "path"

// policy finds which policy the API server reads, and where.
func (p *planner) policy() {
	present, there := p.value("audit-policy-file")
	inside, why := p.want.PolicyPath, "which requests are logged, and how much of each, is what a policy says: without one nothing is logged"
	if inside == "" {
		inside, why = p.goodPath(policyRole, present, DefaultPolicyPath, why)
	}
	if !absolute(inside) || p.homeless(policyRole, inside) {
		p.fail("the policy %s needs a directory of its own below the root, such as that of %s: the whole directory is mounted into the API server's pod", inside, DefaultPolicyPath)
		return
	}
	old := ""
	if there && absolute(present) {
		old = p.m.locate(present).host
	}
	p.leave(policyRole, present, inside)
	p.plan.PolicyPath = p.mounted(policyRole, inside)
	p.setFlag("audit-policy-file", inside, why)
	p.policyText(old)
}

// log finds where the log is.
func (p *planner) log() {
	present, _ := p.value("audit-log-path")
	inside, why := p.want.LogPath, "where the events go, as a line of JSON each. Nothing is logged without it"
	if inside == "" {
		inside, why = p.goodPath(logRole, present, DefaultLogPath, why)
	}
	if !absolute(inside) || p.homeless(logRole, inside) {
		p.fail("the log %s needs a directory of its own below the root, such as that of %s: the whole directory is mounted into the API server's pod", inside, DefaultLogPath)
		return
	}
	p.leave(logRole, present, inside)
	p.plan.LogPath = p.mounted(logRole, inside)
	p.setFlag("audit-log-path", inside, why)
}

// leave takes out a wrong mount of a path that is not used any more.
func (p *planner) leave(r role, present, inside string) {
	if present == inside || !absolute(present) {
		return
	}
	if at := p.m.locate(present); at.exact && p.wrongMount(r, at) != "" {
		p.dropMount(at)
	}
}

// goodPath is the present path of a file, or another one with the reason why that does not do.
func (p *planner) goodPath(r role, present, normal, why string) (string, string) {
	switch {
	case present == "":
		return normal, why
	case present == "-":
		return normal, "on standard output the events stand among the server's own messages, and kubelet deletes the file with them as soon as the pod is replaced: at every change of the manifest"
	case !absolute(present):
		return normal, "a path that does not begin at the root is in the container, and gone with it"
	case p.homeless(r, present):
		return normal, path.Dir(present) + " has other things in it: the " + r.what + " gets a directory of its own, which is mounted whole"
	}
	return present, why
}

// homeless tells whether a path needs a mount, or one that is writable, and its directory is not one for that.
func (p *planner) homeless(r role, inside string) bool {
	at := p.m.locate(inside)
	if at.mount >= 0 && p.wrongMount(r, at) == "" {
		mt := p.m.server().Mounts[at.mount]
		return mt.ReadOnly && !r.readOnly && !own(mt.Path) // the cluster's keys are not made writable
	}
	return !own(path.Dir(inside))
}

package kubeadm

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// value is the value of a flag in the manifest.
func (p *planner) value(name string) (value string, there bool) {
	f, there := lastOf(p.m.flags(), name)
	return f.value, there
}

// setFlag gives a flag a value, unless it has it.
func (p *planner) setFlag(name, value, why string) {
	f, there := lastOf(p.m.flags(), name)
	switch {
	case there && f.value == value:
		return
	case !there:
		p.addFlag(name, value)
		p.changed(fmt.Sprintf("add --%s=%s", name, value), why)
		return
	case f.to-f.from == 2:
		p.edit.set(p.m.nodes[f.from+1], value)
	default:
		p.edit.set(p.m.nodes[f.from], "--"+name+"="+value)
	}
	p.changed(fmt.Sprintf("set --%s=%s (it is %q)", name, value, f.value), why)
}

// addFlag adds a flag behind the last one about audit, or behind all.
func (p *planner) addFlag(name, value string) {
	flags := p.m.flags()
	last := flags[len(flags)-1]
	for _, f := range flags {
		if strings.HasPrefix(f.name, "audit-") {
			last = f
		}
	}
	behind := p.m.nodes[last.to-1]
	list := p.m.lists.command
	if list == nil || !slices.Contains(p.edit.items[list], behind) {
		list = p.m.lists.args
	}
	p.edit.add(list, behind, quote("--"+name+"="+value))
}

// removeFlag takes a flag out.
func (p *planner) removeFlag(f flag) {
	for _, n := range p.m.nodes[f.from:f.to] {
		for _, list := range []*yaml.Node{p.m.lists.command, p.m.lists.args} {
			if list != nil && slices.Contains(list.Content, n) {
				p.edit.remove(list, n)
			}
		}
	}
}

// gone are feature gates that kube-apiserver knows no more. It does not start with one
// (k8s.io/component-base/featuregate: "unrecognized feature gate").
var gone = map[string]string{"AdvancedAuditing": "1.28", "DynamicAuditing": "1.19"}

// removed takes out what today's kube-apiserver does not start with.
func (p *planner) removed() {
	for _, f := range p.m.flags() {
		switch {
		case f.name == "feature-gates":
			p.gates(f)
		case f.name == "audit-dynamic-configuration":
			p.removeFlag(f)
			p.changed("remove --audit-dynamic-configuration", "the flag was removed in Kubernetes 1.19: kube-apiserver does not start with it")
		case (f.name == "audit-log-version" || f.name == "audit-webhook-version") && f.value != "audit.k8s.io/v1":
			p.removeFlag(f)
			p.changed(fmt.Sprintf("remove --%s=%s", f.name, f.value), "that version was removed in Kubernetes 1.24, and kube-apiserver does not start with it; audit.k8s.io/v1 is the default")
		}
	}
}

func (p *planner) gates(f flag) {
	var kept, out []string
	for _, gate := range strings.Split(f.value, ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(gate), "=")
		if since := gone[name]; since != "" {
			out = append(out, gate)
			p.changed("remove "+gate+" from --feature-gates", "the gate was removed in Kubernetes "+since+": kube-apiserver does not start with a gate that it does not know; audit logging needs none")
		} else {
			kept = append(kept, gate)
		}
	}
	value := strings.Join(kept, ",")
	switch {
	case len(out) == 0:
	case value == "":
		p.removeFlag(f)
	case f.to-f.from == 2:
		p.edit.set(p.m.nodes[f.from+1], value)
	default:
		p.edit.set(p.m.nodes[f.from], "--"+f.name+"="+value)
	}
	if len(out) > 0 {
		p.note("take the gate out of apiServer.extraArgs of the ConfigMap kube-system/kubeadm-config, too, or the next kubeadm upgrade brings it back")
	}
}

// absolute is a path that can be used: from the root, and of a file.
func absolute(name string) bool { return path.IsAbs(name) && path.Clean(name) == name }

package policydiff

import (
	"strings"

	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"sigs.k8s.io/yaml"
)

// policy is one that kube-apiserver takes.
func (d dice) policy() *auditv1.Policy {
	p := &auditv1.Policy{OmitManagedFields: d.one(4)}
	p.APIVersion, p.Kind = "audit.k8s.io/v1", "Policy"
	if d.one(4) {
		p.OmitStages = d.stages()
	}
	rules := 1 + d.IntN(8)
	if d.one(64) {
		rules += 300 // more than are judged at once
	}
	for range rules {
		p.Rules = append(p.Rules, d.rule())
	}
	if d.one(2) {
		p.Rules = append(p.Rules, auditv1.PolicyRule{Level: auditv1.Level(d.pick(levels...)), OmitStages: d.stages()})
	}
	return p
}

func (d dice) stages() (some []auditv1.Stage) {
	for _, s := range d.some(stages...) {
		some = append(some, auditv1.Stage(s))
	}
	return some
}

func (d dice) rule() auditv1.PolicyRule {
	r := auditv1.PolicyRule{Level: auditv1.Level(d.pick(levels...)), Users: d.some(users...), UserGroups: d.some(userGroups...), Verbs: d.some(verbs...), OmitStages: d.stages()}
	if d.one(3) {
		r.OmitManagedFields = new(d.one(2))
	}
	switch d.IntN(3) {
	case 0:
		r.NonResourceURLs = d.some(paths...)
	case 1:
		r.Namespaces = d.some(namespaces...)
		for range d.IntN(3) {
			r.Resources = append(r.Resources, d.resources())
		}
	}
	return r
}

func (d dice) resources() auditv1.GroupResources {
	w := auditv1.GroupResources{Group: d.pick(groups...), Resources: d.some(resources...)}
	if len(w.Resources) > 0 && d.one(2) {
		w.ResourceNames = d.some(names...)
	}
	return w
}

// text is the policy as a file: YAML, or the JSON that is YAML, too.
func (d dice) text(p *auditv1.Policy) ([]byte, error) {
	text, err := yaml.Marshal(p)
	if err == nil && d.one(4) {
		return yaml.YAMLToJSON(text)
	}
	return text, err
}

// flaw makes something of a policy's YAML that kube-apiserver takes with a warning, silently, or not at all.
func (d dice) flaw(text string) string {
	switch d.IntN(14) {
	case 0:
		return text + "unknown: 1\n"
	case 1:
		return text + "---\nkind: Policy\n"
	case 2:
		return text + "---\n{\n"
	case 3:
		return "---\n" + text
	case 4:
		return "---\n---\n" + text
	case 5:
		return text + "- level: None\n"
	case 6:
		return text + "rules:\n- level: Metadata\n"
	case 7:
		return "kind: Other\n" + text
	case 8:
		return "apiVersion: audit.k8s.io/v1\n" + text
	}
	return d.wrong(text)
}

// wrong replaces a value by one that may be no value of its key.
func (d dice) wrong(text string) string {
	for _, r := range d.Perm(8) {
		from := [...]string{"level: None", "level: Metadata", "group: apps", "- RequestReceived", "- /healthz", "kind: Policy", "apiVersion: audit.k8s.io/v1", "verbs:"}[r]
		to := [...]string{"level: none", "level: 5", "group: apps/v1", "- Received", "- healthz*", "kind: policy", "apiVersion: audit.k8s.io/v1beta1", "verb:"}[r]
		if at := strings.Index(text, from); at >= 0 {
			return text[:at] + to + text[at+len(from):]
		}
	}
	return text
}

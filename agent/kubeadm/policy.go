package kubeadm

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/policy/lint"
	"github.com/auditship/auditship/agent/rules"
	"github.com/auditship/auditship/configs/policies"
)

// Policy is an audit policy to be put on the node.
type Policy struct {
	Name string // "recommended", or its file
	Text []byte
}

// DefaultPolicy is written where there is none.
const DefaultPolicy = "recommended"

var ready = map[string][]byte{"minimal": policies.Minimal, "recommended": policies.Recommended, "strict": policies.Strict}

// LoadPolicy is a ready policy, minimal, recommended or strict, or that of a file. One that kube-apiserver would not start
// with, or in which auditship policy lint finds an error, is an error of lines.
func LoadPolicy(name string) (*Policy, error) {
	if text, there := ready[name]; there {
		return &Policy{name, text}, nil
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, "/.") {
		return nil, fmt.Errorf("there is no policy %q: take minimal, recommended or strict, or name a file", name)
	}
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	_, findings, err := inspect(name, text)
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		if f.Severity == lint.Error {
			err = errors.Join(err, fmt.Errorf("%s:%d: %s: %s (auditship policy lint %s tells why)", name, f.Line, f.Code, f.What, name))
		}
	}
	return &Policy{name, text}, err
}

// inspect tells what is wrong with a policy. The error is of what kube-apiserver does not start with.
func inspect(name string, text []byte) (old bool, found []lint.Finding, err error) {
	p, err := policy.Read(name, text)
	if err != nil {
		return false, nil, err
	}
	for i := range p.Problems {
		old = old || p.Problems[i].Kind == rules.OldVersion
	}
	return old, lint.Check(p), p.Err()
}

// policyText finds what the policy file has to say. One that is there and works stays. old is where the API server has had
// its policy from, on the node, if it had one.
func (p *planner) policyText(old string) {
	to := p.plan.PolicyPath
	present, err := p.readFile(to)
	if err != nil {
		p.err = err
		return
	}
	switch {
	case p.want.Policy != nil && !bytes.Equal(present, p.want.Policy.Text):
		p.writePolicy(p.want.Policy.Text, "write the policy "+p.want.Policy.Name+" to "+to, "it was asked for")
	case p.want.Policy != nil:
	case len(bytes.TrimSpace(present)) > 0:
		p.keepPolicy(to, present)
	default:
		p.newPolicy(old)
	}
}

func (p *planner) readFile(name string) ([]byte, error) {
	text, err := p.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return text, nil
}

func (p *planner) writePolicy(text []byte, what, why string) {
	p.plan.Policy = &File{p.plan.PolicyPath, text}
	p.changed(what, why)
}

// newPolicy: there is none at its place. One that the API server has had elsewhere comes along.
func (p *planner) newPolicy(old string) {
	if old != "" && old != p.plan.PolicyPath {
		text, err := p.readFile(old)
		if err != nil {
			p.err = err
			return
		}
		if len(bytes.TrimSpace(text)) > 0 {
			p.writePolicy(text, "copy the policy "+old+" to "+p.plan.PolicyPath, "it is the one in use")
			p.keepPolicy(old, text)
			return
		}
	}
	p.writePolicy(ready[DefaultPolicy], "write the policy "+DefaultPolicy+" to "+p.plan.PolicyPath,
		"there is none. It logs who did what, changes of rights whole, and no body of a secret; --policy minimal, strict or a file of your own are the alternatives")
}

// oldVersion is the first line of a policy for Kubernetes before 1.12.
var oldVersion = regexp.MustCompile(`(?m)^(\s*"?apiVersion"?\s*:\s*["']?audit\.k8s\.io/v1)(alpha1|beta1)\b`)

// keepPolicy: a policy that is in use stays as it is, if kube-apiserver starts with it.
func (p *planner) keepPolicy(name string, text []byte) {
	old, found, err := inspect(name, text)
	if old {
		text = oldVersion.ReplaceAll(text, []byte("${1}"))
		if old, found, err = inspect(name, text); !old && err == nil {
			p.writePolicy(text, "set apiVersion: audit.k8s.io/v1 in the policy "+p.plan.PolicyPath, "the earlier versions were removed in Kubernetes 1.24, and kube-apiserver does not start with them; the rules are written in the same way")
		}
	}
	if err == nil && old {
		err = fmt.Errorf("%s: its apiVersion is not audit.k8s.io/v1", name)
	}
	if err != nil {
		p.err = fmt.Errorf("kube-apiserver would not start with the policy that is there: mend it, or have it replaced with --policy %s:\n%w", DefaultPolicy, err)
		return
	}
	for _, f := range found {
		if f.Severity == lint.Error {
			p.note(fmt.Sprintf("the policy %s stays as it is, but: %s: %s (auditship policy lint %s)", name, f.Code, f.What, name))
		}
	}
}

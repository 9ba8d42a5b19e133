package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"gopkg.in/yaml.v3"
)

// policyVersion is the only version that kube-apiserver still reads (since v1.24).
const policyVersion = "audit.k8s.io/v1"

// policyFile is audit.k8s.io/v1 Policy (k8s.io/apiserver/pkg/apis/audit/v1/types.go).
type policyFile struct {
	APIVersion        string       `yaml:"apiVersion"`
	Kind              string       `yaml:"kind"`
	Metadata          yaml.Node    `yaml:"metadata"`
	Rules             []policyRule `yaml:"rules"`
	OmitStages        []string     `yaml:"omitStages"`
	OmitManagedFields *bool        `yaml:"omitManagedFields"`
}

type policyRule struct {
	Rule              `yaml:",inline"`
	OmitManagedFields *bool `yaml:"omitManagedFields"`
}

// LoadPolicy reads an unchanged `kind: Policy` file, YAML or JSON, such as kube-apiserver's --audit-policy-file. Every line of
// the error is FILE:LINE: what is wrong, for all that is wrong at once: what kube-apiserver refuses, and keys that it does
// not know (it only warns of those).
func LoadPolicy(path string) (List, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return List{}, fmt.Errorf("read policy: %w", err)
	}
	p := policyReader{path: path}
	list, err := p.read(data)
	if err != nil {
		return List{}, err
	}
	return list, nil
}

// policyReader reads one file and knows where in it everything stands.
type policyReader struct {
	path string
	root yaml.Node // the document
}

func (p *policyReader) read(data []byte) (List, error) {
	if err := yaml.Unmarshal(data, &p.root); err != nil {
		return List{}, p.yamlError(err)
	}
	if err := p.checkKind(); err != nil {
		return List{}, err
	}
	var file policyFile
	strict := yaml.NewDecoder(bytes.NewReader(data))
	strict.KnownFields(true)
	if err := strict.Decode(&file); err != nil {
		return List{}, p.yamlError(err)
	}
	if err := strict.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return List{}, p.at(0, "holds more than one document: keep one policy")
	}
	return p.list(&file)
}

// checkKind comes first, so that another kind of file is called that and not full of unknown keys.
func (p *policyReader) checkKind() error {
	var head struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
	}
	if err := p.root.Decode(&head); err != nil || head.Kind != "Policy" {
		return p.at(p.line("kind"), "is no audit policy: it needs kind: Policy and apiVersion: "+policyVersion)
	}
	if head.APIVersion != policyVersion {
		return p.at(p.line("apiVersion"), fmt.Sprintf("apiVersion %q is not read, as kube-apiserver no longer does: use %s", head.APIVersion, policyVersion))
	}
	return nil
}

func (p *policyReader) list(file *policyFile) (List, error) {
	list := List{Name: "policy_file", OmitStages: file.OmitStages, NoMatch: None, Upstream: true}
	for i := range file.Rules {
		list.Rules = append(list.Rules, file.Rules[i].Rule)
	}
	c := checkList(&list)
	c.checkUpstream()
	var errs []error
	if len(list.Rules) == 0 {
		errs = append(errs, p.at(p.line("rules"), "rules: a policy without rules would drop everything, and kube-apiserver refuses it: add one"))
	}
	for _, wrong := range c.wrong {
		errs = append(errs, p.place(wrong))
	}
	for _, odd := range c.barren {
		list.Warnings = append(list.Warnings, p.place(odd).Error())
	}
	list.Warnings = append(list.Warnings, p.ineffective(file)...)
	return list, errors.Join(errs...)
}

// checkUpstream refuses what only our own lists have.
func (c *checker) checkUpstream() {
	for i, r := range c.list.Rules {
		c.index = i
		c.refuse("name", r.Name != "")
		c.refuse("userAgents", r.UserAgents != nil)
		c.refuse("responseCodes", r.ResponseCodes != nil)
	}
}

func (c *checker) refuse(key string, given bool) {
	if given {
		c.fail(key, "a kind: Policy does not have this key: put the rule under policy in the configuration")
	}
}

// ineffective names what has no effect yet.
func (p *policyReader) ineffective(file *policyFile) []string {
	const warning = "omitManagedFields: has no effect yet: managed fields are shipped"
	var found []string
	if file.OmitManagedFields != nil && *file.OmitManagedFields {
		found = append(found, p.at(p.line("omitManagedFields"), warning).Error())
	}
	for i, r := range file.Rules {
		if r.OmitManagedFields != nil && *r.OmitManagedFields {
			found = append(found, p.at(p.ruleLine(i, "omitManagedFields"), warning).Error())
		}
	}
	return found
}

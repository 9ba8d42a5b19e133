package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"gopkg.in/yaml.v3"
)

// policyVersion is the only version that kube-apiserver still reads (since v1.24).
const policyVersion = "audit.k8s.io/v1"

// maxPolicy is how many bytes of a file are read: no policy comes near.
const maxPolicy = 4 << 20

// policyFile is audit.k8s.io/v1 Policy (k8s.io/apiserver/pkg/apis/audit/v1/types.go).
type policyFile struct {
	APIVersion        string    `yaml:"apiVersion"`
	Kind              string    `yaml:"kind"`
	Metadata          yaml.Node `yaml:"metadata"`
	Rules             []Rule    `yaml:"rules"`
	OmitStages        []string  `yaml:"omitStages"`
	OmitManagedFields bool      `yaml:"omitManagedFields"`
}

// LoadPolicy reads an unchanged `kind: Policy` file, YAML or JSON, such as kube-apiserver's --audit-policy-file. What that loads
// is loaded here and means the same (k8s.io/apiserver/pkg/audit/policy/reader.go): of several documents the first counts, unknown
// keys are passed over, and of a key that stands twice the last. List.Warnings name all of it, and what can never match.
//
// Keys that only our own rules have would widen a rule where they are passed over, so they are an error; but for name, which
// changes nothing. Every line of the error is FILE:LINE: what is wrong, for all that is wrong at once.
func LoadPolicy(path string) (List, error) {
	data, err := readPolicy(path)
	if err != nil {
		return List{}, err
	}
	p := policyReader{path: path}
	list, err := p.read(data)
	if err != nil {
		return List{}, err
	}
	return list, nil
}

// readPolicy reads a file that is as long as a policy may be. It never waits for somebody to write to a FIFO: an agent that reads its
// policies again could not end.
func readPolicy(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPolicy+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read policy: %w", err)
	case len(data) > maxPolicy:
		return nil, fmt.Errorf("read policy: %s is longer than 4 MiB", path)
	}
	return data, nil
}

// policyReader reads one file and knows where in it everything stands.
type policyReader struct {
	path     string
	root     yaml.Node // the document
	problems []Problem
}

// read is inspect, with what is wrong as an error. Of another version only that is told.
func (p *policyReader) read(data []byte) (List, error) {
	list, err := p.inspect(data)
	var errs []error
	for i := range p.problems {
		problem := &p.problems[i]
		switch {
		case problem.Kind == OldVersion:
			return List{}, problem
		case problem.Kind.Refused():
			errs = append(errs, problem)
		default:
			list.Warnings = append(list.Warnings, problem.Error())
		}
	}
	return list, errors.Join(append(errs, err)...)
}

// inspect reads what is there, right or wrong, and notes all problems. The error is one that there is nothing to go on with.
func (p *policyReader) inspect(data []byte) (List, error) {
	documents := yaml.NewDecoder(bytes.NewReader(data))
	if err := documents.Decode(&p.root); err != nil && !errors.Is(err, io.EOF) {
		return List{}, p.yamlError(err)
	}
	p.prune()
	if err := p.checkKind(); err != nil {
		return List{}, err
	}
	var file policyFile
	if err := p.root.Decode(&file); err != nil {
		return List{}, p.yamlError(err)
	}
	p.passOver(documents)
	return p.list(&file), nil
}

// passOver warns of what stands behind the first document.
func (p *policyReader) passOver(documents *yaml.Decoder) {
	var next yaml.Node
	err := documents.Decode(&next)
	switch {
	case errors.Is(err, io.EOF):
	case err != nil:
		p.note(SecondDocument, nil, "", "what is behind its first document is no YAML, and passed over, as kube-apiserver does")
	case len(next.Content) > 0 && next.Content[0].Tag != "!!null": // a file may end in ---
		p.note(SecondDocument, next.Content[0], "", "a second document begins: it is passed over, as kube-apiserver does; keep one policy in a file")
	}
}

// checkKind comes first, so that another kind of file is called that and not full of unknown keys.
func (p *policyReader) checkKind() error {
	kind, version := p.text("kind"), p.text("apiVersion")
	if kind != "Policy" {
		return p.at(p.line("kind"), "is no audit policy: it needs kind: Policy and apiVersion: "+policyVersion)
	}
	if version != policyVersion {
		p.note(OldVersion, p.find("apiVersion"), "", fmt.Sprintf("apiVersion %q is not read, as kube-apiserver no longer does: use %s", version, policyVersion))
	}
	return nil
}

// text is the value of a key of the policy; empty where it is not there, or no single value.
func (p *policyReader) text(key string) string {
	var text string
	if n := child(p.top(), key); n != nil && n.Decode(&text) != nil {
		return ""
	}
	return text
}

func (p *policyReader) list(file *policyFile) List {
	list := List{Name: "policy_file", Rules: file.Rules, OmitStages: file.OmitStages, OmitManagedFields: file.OmitManagedFields, NoMatch: None, Upstream: true}
	p.unname(list.Rules)
	c := checkList(&list)
	c.checkUpstream()
	if len(list.Rules) == 0 {
		p.note(NoRules, p.find("rules"), "rules", "a policy without rules would drop everything, and kube-apiserver refuses it: add one")
	}
	for _, wrong := range c.wrong {
		p.place(WrongValue, wrong)
	}
	for _, foreign := range c.foreign {
		p.place(ForeignKey, foreign)
	}
	for _, odd := range c.barren {
		p.place(NeverMatches, odd)
	}
	return list
}

// unname takes a name from the second rule that has it: kube-apiserver would not mind.
func (p *policyReader) unname(rules []Rule) {
	taken := map[string]bool{"": true}
	for i := range rules {
		if name := rules[i].Name; name != "" && taken[name] {
			rules[i].Name = ""
			p.note(NameTaken, p.find(fmt.Sprintf("rules[%d].name", i)), fmt.Sprintf("rules[%d].name", i), fmt.Sprintf("%q is taken by a rule before it: this one goes by its place", name))
		} else {
			taken[name] = true
		}
	}
}

// checkUpstream refuses what only our own lists have.
func (c *checker) checkUpstream() {
	for i := range c.list.Rules {
		c.index = i
		for _, key := range c.list.Rules[i].extensions() {
			c.foreign = append(c.foreign, c.problem(key, "kube-apiserver passes over this key, and would apply the rule to more: put the rule under policy in the configuration"))
		}
	}
}

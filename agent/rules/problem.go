package rules

import (
	"fmt"
)

// Problem is one thing that LoadPolicy refuses or warns of. As an error it reads FILE:LINE: KEY: what.
type Problem struct {
	Path         string
	Line, Column int // 0: the whole file
	Kind         ProblemKind
	Key          string // "rules[3].verbs[0]"; empty: the whole file
	Text         string // what is wrong and what to do
}

func (p *Problem) Error() string {
	text := p.Text
	if p.Key != "" {
		text = p.Key + ": " + text
	}
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.Path, text)
	}
	return fmt.Sprintf("%s:%d: %s", p.Path, p.Line, text)
}

// ProblemKind sorts problems by what becomes of them.
type ProblemKind uint8

// The kinds of problems. Up to WrongValue kube-apiserver does not start with the file, and LoadPolicy refuses it.
const (
	OldVersion     ProblemKind = iota // v1beta1, v1alpha1, or another
	NoRules                           // a policy without rules
	WrongValue                        // an unknown level or stage, nonResourceURLs beside resources, …
	ForeignKey                        // a key that only our own lists have: kube-apiserver passes over it, LoadPolicy refuses it
	UnknownKey                        // kube-apiserver passes over it
	KeyTwice                          // the last one counts
	SecondDocument                    // kube-apiserver does not read it
	NeverMatches                      // is loaded, and no request can match it
	NameTaken                         // of two rules with one name
)

// Refused tells whether LoadPolicy refuses a file with such a problem.
func (k ProblemKind) Refused() bool { return k <= ForeignKey }

// Inspection is a `kind: Policy` file, right or wrong.
type Inspection struct {
	List     List // does not compile if a problem is one that LoadPolicy refuses
	Problems []Problem
	reader   *policyReader
}

// InspectPolicy reads a `kind: Policy` file as far as it can be read. The error, of lines FILE:LINE: what, is of a file that
// cannot be read or is no policy at all.
func InspectPolicy(path string) (*Inspection, error) {
	data, err := readPolicy(path)
	if err != nil {
		return nil, err
	}
	return InspectPolicyText(path, data)
}

// InspectPolicyText is InspectPolicy for a text that is not in its file, or not yet.
func InspectPolicyText(path string, data []byte) (*Inspection, error) {
	p := &policyReader{path: path}
	list, err := p.inspect(data)
	if err != nil {
		return nil, err
	}
	return &Inspection{list, p.problems, p}, nil
}

// Place is where a key such as "rules[3].resources[1].group" stands; if it is not there, what it would be in; 0, 0 if that is
// the whole file.
func (i *Inspection) Place(key string) (line, column int) {
	if n := i.reader.find(key); n != nil {
		return n.Line, n.Column
	}
	return 0, 0
}

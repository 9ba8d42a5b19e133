package kubeadm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"
)

const apiServer = "kube-apiserver"

// UnusableError is about a manifest that is not edited, and tells what to do instead.
type UnusableError struct {
	Path string
	Line int // 0: the whole file
	Text string
}

func (e *UnusableError) Error() string {
	if e.Line == 0 {
		return e.Path + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Text)
}

// Manifest is the manifest of a static pod that has kube-apiserver in it. Its text stays as it is but for what is edited.
type Manifest struct {
	Path      string
	text      []byte
	document  *yaml.Node
	container *yaml.Node
	pod       podSpec // of that container alone
	lists     struct{ command, args, mounts, volumes *yaml.Node }
	tokens    []string       // command and args
	nodes     []*yaml.Node   // of the tokens
	uses      map[string]int // how many mounts, of all containers, each volume has
	out       map[int]bool   // mounts that a plan takes out
}

// Parse reads a manifest. The error is an *UnusableError.
func Parse(name string, text []byte) (*Manifest, error) {
	m := &Manifest{Path: name, text: text, document: &yaml.Node{}, uses: map[string]int{}, out: map[int]bool{}}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(m.document); err != nil {
		return nil, m.unusable(nil, "is no YAML: %v", err)
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, m.unusable(nil, "has several documents, and kubelet reads only one: split it first")
	}
	if alias := findAlias(m.document); alias != nil {
		return nil, m.unusable(alias, "has a YAML alias: an edit of one place would change another. Write it out first")
	}
	return m, m.find()
}

func (m *Manifest) unusable(at *yaml.Node, text string, args ...any) error {
	e := &UnusableError{Path: m.Path, Text: fmt.Sprintf(text, args...)}
	if at != nil {
		e.Line = at.Line
	}
	return e
}

func findAlias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n
	}
	for _, below := range n.Content {
		if found := findAlias(below); found != nil {
			return found
		}
	}
	return nil
}

// find finds the container of kube-apiserver and what is edited in it.
func (m *Manifest) find() error {
	var pod struct {
		Kind string  `yaml:"kind"`
		Spec podSpec `yaml:"spec"`
	}
	if err := m.document.Decode(&pod); err != nil {
		return m.unusable(nil, "is no manifest of a pod: %v", err)
	}
	if pod.Kind != "Pod" {
		return m.unusable(nil, "is no manifest of a pod: its kind is %q", pod.Kind)
	}
	for _, c := range append(pod.Spec.Init, pod.Spec.Containers...) {
		for _, mt := range c.Mounts {
			m.uses[mt.Name]++
		}
	}
	index := -1
	for i, c := range pod.Spec.Containers {
		if c.runsAPIServer() {
			if index >= 0 {
				return m.unusable(nil, "has two containers that run kube-apiserver")
			}
			index = i
		}
	}
	if index < 0 {
		return m.unusable(nil, "has no container that runs kube-apiserver: name the right manifest with --manifest")
	}
	spec := child(m.document.Content[0], "spec")
	m.container = child(spec, "containers").Content[index]
	m.pod = pod.Spec
	m.pod.Containers = pod.Spec.Containers[index : index+1]
	return m.findLists(spec)
}

func (c *container) runsAPIServer() bool {
	all := append(c.Command[:len(c.Command):len(c.Command)], c.Args...)
	if len(c.Command) == 0 {
		return c.Name == apiServer
	}
	for _, token := range all {
		if strings.Contains(token, apiServer+" ") { // sh -c "kube-apiserver --x": told by findLists
			return true
		}
	}
	return programAt(all) >= 0
}

func (m *Manifest) findLists(spec *yaml.Node) error {
	m.lists.command, m.lists.args = child(m.container, "command"), child(m.container, "args")
	m.lists.mounts, m.lists.volumes = child(m.container, "volumeMounts"), child(spec, "volumes")
	if m.lists.mounts == nil || m.lists.volumes == nil {
		return m.unusable(m.container, "has no volumes, so it was not made by kubeadm, which mounts the certificates")
	}
	for _, list := range []*yaml.Node{m.lists.command, m.lists.args} {
		if list == nil {
			continue
		}
		for _, n := range list.Content {
			m.tokens, m.nodes = append(m.tokens, n.Value), append(m.nodes, n)
			if strings.ContainsAny(n.Value, "\n") || strings.Contains(n.Value, apiServer+" ") {
				return m.unusable(n, "kube-apiserver is started by a shell: its flags are in a script, which is not edited here")
			}
		}
	}
	if len(parseFlags(m.tokens)) == 0 {
		return m.unusable(m.container, "kube-apiserver has no flags here")
	}
	return nil
}

// flags are the flags of kube-apiserver as the manifest stands.
func (m *Manifest) flags() []flag { return parseFlags(m.tokens) }

// server is the container.
func (m *Manifest) server() *container { return &m.pod.Containers[0] }

// child is the value of a key of a mapping; nil if it is not there.
func child(mapping *yaml.Node, key string) *yaml.Node {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

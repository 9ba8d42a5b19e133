package kubeadm

import (
	"cmp"
	"reflect"
	"slices"

	"gopkg.in/yaml.v3"
)

// finish is the edited text. It is refused if, read back, it is anything else than the tree with the same edits.
func (e *editor) finish() ([]byte, error) {
	if e.err != nil {
		return nil, e.err
	}
	text, ok := e.apply()
	if !ok {
		return nil, e.m.unusable(nil, "would need two edits of one place: nothing is changed")
	}
	var want, got any
	if err := e.m.document.Decode(&want); err != nil {
		return nil, e.m.unusable(nil, "cannot be edited: %v", err)
	}
	if err := yaml.Unmarshal(text, &got); err != nil {
		return nil, e.m.unusable(nil, "would not be YAML any more after the edit (%v): nothing is changed", err)
	}
	if !reflect.DeepEqual(want, got) {
		return nil, e.m.unusable(nil, "would after the edit differ in more than what was meant: it is written in an unusual way, and nothing is changed")
	}
	return text, nil
}

// apply is the text with the cuts, unless they overlap. What is added at one place stays in its order, before what is taken
// out there.
func (e *editor) apply() (text []byte, ok bool) {
	slices.SortStableFunc(e.cuts, func(a, b cut) int { return cmp.Or(a.from-b.from, min(a.to-a.from, 1)-min(b.to-b.from, 1)) })
	done := 0
	for _, c := range e.cuts {
		if c.from < done {
			return nil, false
		}
		text = append(append(text, e.m.text[done:c.from]...), c.text...)
		done = c.to
	}
	return append(text, e.m.text[done:]...), true
}

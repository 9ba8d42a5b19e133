// Package conf reads configuration files of fluentd, in the syntax of its v1 parser (config_version v1, in use since 0.12):
// https://docs.fluentd.org/configuration/config-file. It does what that parser does, with three differences:
//
//   - Ruby is not run. What stands in #{ } is understood where it is of the kinds that configurations have (see expression),
//     and kept as text where it is not.
//   - Environment variables are kept as such, so that a value can go on following them.
//   - Nothing is fetched: an @include of a URL is a fault.
//
// Files may be hostile: what is read, and how deep, is bounded.
package conf

import (
	"fmt"
	"slices"
)

// Place is where something stands.
type Place struct {
	File string // as it was given, or as an @include led to it
	Line int    // 1 is the first
}

func (p Place) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// Element is a directive or a section: what stands between <name arg> and </name>. The root has no name.
type Element struct {
	Place
	Name     string
	Arg      Value
	Params   []*Param
	Children []*Element
}

// Param is a line of a section: key and value.
type Param struct {
	Place
	Key   string
	Value Value
}

// Find is the parameter that counts: of several with one key, the last one. nil: there is none.
func (e *Element) Find(key string) *Param {
	for _, p := range slices.Backward(e.Params) {
		if p.Key == key {
			return p
		}
	}
	return nil
}

// Sections are the children with a name.
func (e *Element) Sections(name string) (all []*Element) {
	for _, child := range e.Children {
		if child.Name == name {
			all = append(all, child)
		}
	}
	return all
}

// Fault is something that keeps a file from being read, or a part of it.
type Fault struct {
	Place
	Problem string
}

func (f *Fault) Error() string { return f.Place.String() + ": " + f.Problem }

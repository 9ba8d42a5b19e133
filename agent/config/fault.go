package config

import (
	"fmt"
	"slices"
	"strings"
)

// maxFaults bounds what a hostile or a wholly mistaken file can make us say.
const maxFaults = 200

// Fault is one thing that is wrong.
type Fault struct {
	Line    int    // 1 is the first; 0: the file as a whole
	Path    string // of the key, such as outputs[1].kafka.topic; empty: the document
	Problem string // what is wrong; what to do
}

// Error is all that is wrong with a configuration file.
type Error struct {
	File   string  // as it was given
	Faults []Fault // at least one, by line
	More   int     // how many there are beyond these
}

// Lines are the faults as `FILE:LINE: PATH: what is wrong; what to do`. They may repeat keys of the file: escape them
// before they go to a terminal.
func (e *Error) Lines() []string {
	var lines []string
	for _, f := range e.Faults {
		lines = append(lines, f.in(e.File))
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("%s: and %d more", e.File, e.More))
	}
	return lines
}

func (f Fault) in(file string) string {
	if f.Line > 0 {
		file = fmt.Sprintf("%s:%d", file, f.Line)
	}
	if f.Path != "" {
		file += ": " + f.Path
	}
	return file + ": " + f.Problem
}

func (e *Error) Error() string { return strings.Join(e.Lines(), "\n") }

// faults collects what is wrong with one file.
type faults struct {
	found []Fault
	more  int
}

func (f *faults) add(line int, path, problem string) {
	if f.full() {
		f.more++
		return
	}
	f.found = append(f.found, Fault{line, path, shorten(problem)})
}

// shorten cuts the middle out of what repeats a very long value: what to do about it stands at the end.
func shorten(problem string) string {
	const ends = 300
	if len(problem) <= 2*ends+len("…") {
		return problem
	}
	return strings.ToValidUTF8(problem[:ends]+"…"+problem[len(problem)-ends:], "")
}

func (f *faults) full() bool { return len(f.found) >= maxFaults }

func (f *faults) has(path string) bool {
	return slices.ContainsFunc(f.found, func(known Fault) bool { return known.Path == path })
}

// err is all of it, nil where there is nothing.
func (f *faults) err(file string) error {
	if len(f.found) == 0 {
		return nil
	}
	slices.SortStableFunc(f.found, func(a, b Fault) int { return a.Line - b.Line })
	return &Error{File: file, Faults: f.found, More: f.more}
}

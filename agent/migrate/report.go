// Package migrate is what the converters of other agents' configurations share: the report, in which nothing of what was
// converted is passed over in silence, and the draft of a configuration of ours. Converters are its subpackages; those of
// positions are in package positions.
package migrate

import (
	"cmp"
	"fmt"
	"io"
	"slices"
)

// Kind says what became of something.
type Kind uint8

// The kinds, in the order in which they matter less.
const (
	Warning   Kind = iota // it did something that is not carried over, or not quite: read it
	Converted             // it is in the new configuration
	Unneeded              // auditship does it by itself, or has nothing of the kind to set
)

var kinds = [...]string{"warning", "converted", "not needed"}

func (k Kind) String() string { return kinds[k] }

// Note says what became of one directive or parameter.
type Note struct {
	File string
	Line int    // 0: the file as a whole
	What string // such as "<match kube.**> elasticsearch: host". No value: it may be a secret
	Kind Kind
	Text string // Converted: where to. Else what it did, and what to do instead
}

func (n Note) String() string {
	at := n.File
	if n.Line > 0 {
		at = fmt.Sprintf("%s:%d", n.File, n.Line)
	}
	return fmt.Sprintf("%s: %s: %s: %s", at, n.Kind, n.What, n.Text)
}

// Report is all that is said of a conversion.
type Report struct{ Notes []Note }

// Add adds a note.
func (r *Report) Add(n Note) { r.Notes = append(r.Notes, n) }

// Sort drops what is said twice, and puts the notes into the order of the files, which come in that in which they were met first.
func (r *Report) Sort() {
	order := map[string]int{}
	for _, n := range r.Notes {
		if _, met := order[n.File]; !met {
			order[n.File] = len(order)
		}
	}
	said := map[Note]bool{}
	r.Notes = slices.DeleteFunc(r.Notes, func(n Note) bool {
		again := said[n]
		said[n] = true
		return again
	})
	slices.SortStableFunc(r.Notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.Line, b.Line))
	})
}

// Count is how many notes are of the kind.
func (r *Report) Count(kind Kind) (n int) {
	for _, note := range r.Notes {
		if note.Kind == kind {
			n++
		}
	}
	return n
}

// Write writes the notes, of some kinds or, without any, all, and how many there are of each. They repeat words of the files: w must be
// one that escapes them.
func (r *Report) Write(w io.Writer, these ...Kind) error {
	for _, n := range r.Notes {
		if len(these) > 0 && !slices.Contains(these, n.Kind) {
			continue
		}
		if _, err := fmt.Fprintln(w, n); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%d converted, %d not needed, %d warnings\n", r.Count(Converted), r.Count(Unneeded), r.Count(Warning))
	return err
}

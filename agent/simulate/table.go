package simulate

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/auditship/auditship/agent/event"
)

// What is kept, by name.
const (
	byUser = iota
	byVerb
	byResource
	together // all three: what a rule would have to name
	numTables
)

// TableNames are the names of what events that are kept are counted by.
var TableNames = [numTables]string{"user", "verb", "resource", "user, verb, resource"}

const (
	mostRows = 4096
	longest  = 253 // bytes of a name
)

// table counts by name, in bounded memory: when it is full the rarer half goes to others. So the sum is always right, and what
// is frequent stays; a row may lack what came before it was thrown out, or while it was.
type table struct {
	rows   map[string]*Volume
	others Volume
	pruned bool
}

func (t *table) add(name []byte, bytes int) {
	v := t.rows[string(name)]
	if v == nil {
		v = t.row(string(name))
	}
	v.add(bytes)
}

func (t *table) row(name string) *Volume {
	if t.rows == nil {
		t.rows = map[string]*Volume{}
	}
	if len(t.rows) == mostRows {
		t.prune()
	}
	v := &Volume{}
	t.rows[name] = v
	return v
}

func (t *table) prune() {
	rows := t.sorted()
	for _, row := range rows[len(rows)/2:] {
		t.others.plus(row.Volume)
		delete(t.rows, row.Name)
	}
	t.pruned = true
}

// Row is a name and how often it came.
type Row struct {
	Name string `json:"name"`
	Volume
}

// sorted are the rows, the most frequent first.
func (t *table) sorted() []Row {
	rows := make([]Row, 0, len(t.rows))
	for name, v := range t.rows {
		rows = append(rows, Row{name, *v})
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name))
	})
	return rows
}

// Table is what events are counted by.
type Table struct {
	Top    []Row  `json:"top"`
	Others Volume `json:"others"` // all that is not in Top
	// Lower tells that there were more names than fit: a row may be short of what Others has too much.
	Lower bool `json:"lower_bounds,omitempty"`
}

func (t *table) top(n int) Table {
	rows := t.sorted()
	all := Table{Top: rows[:min(n, len(rows))], Others: t.others, Lower: t.pruned}
	for _, row := range rows[len(all.Top):] {
		all.Others.plus(row.Volume)
	}
	return all
}

// tabulate counts an event that is kept.
func (o *outcome) tabulate(e *event.Event, length int) {
	b := appendName(o.key[:0], e, e.User.Username, "(nobody)")
	user := len(b)
	b = append(b, ' ')
	verb := len(b)
	b = appendName(b, e, e.Text(event.Verb), "(none)")
	verbEnd := len(b)
	b = append(b, ' ')
	resource := len(b)
	b = appendResource(b, e)
	o.key = b
	o.tables[byUser].add(b[:user], length)
	o.tables[byVerb].add(b[verb:verbEnd], length)
	o.tables[byResource].add(b[resource:], length)
	o.tables[together].add(b, length)
}

// appendResource appends pods/exec or deployments.apps, or the path of a URL that is no resource.
func appendResource(dst []byte, e *event.Event) []byte {
	if !e.Has(event.ObjectRef) {
		start := len(dst)
		dst = appendName(dst, e, e.Text(event.RequestURI), "(none)")
		if query := bytes.IndexByte(dst[start:], '?'); query >= 0 {
			dst = dst[:start+query] // may hold secrets
		}
		return dst
	}
	dst = appendName(dst, e, e.Object.Resource, "(none)")
	if e.Object.Subresource.Len() > 0 {
		dst = appendName(append(dst, '/'), e, e.Object.Subresource, "")
	}
	if e.Object.APIGroup.Len() > 0 {
		dst = appendName(append(dst, '.'), e, e.Object.APIGroup, "")
	}
	return dst
}

// appendName appends the beginning of a text, or another where there is none.
func appendName(dst []byte, e *event.Event, t event.Text, none string) []byte {
	if t.Len() == 0 {
		return append(dst, none...)
	}
	t, all := e.Clip(t, longest)
	if dst = e.AppendText(dst, t); !all {
		dst = append(dst, "…"...)
	}
	return dst
}

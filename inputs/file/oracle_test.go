package file

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/auditship/auditship/inputs"
)

// verdict is what is wrong with what the pipelines were told; empty: nothing.
func (m *model) verdict() string {
	for _, p := range m.pipelines {
		o := &oracle{model: m, p: p, delivered: map[*line]bool{}, pieces: map[*line]string{}}
		if wrong := o.judge(); wrong != "" {
			return fmt.Sprintf("%s: %s\n%s", p.name, wrong, o.account())
		}
	}
	return ""
}

// oracle knows what must have become of each line: it was told, once, in the order of its file; or the last copy of it was
// destroyed by others than the agent, and a gap covers it.
type oracle struct {
	*model
	p         *delivery
	lines     map[string][]*line
	delivered map[*line]bool
	pieces    map[*line]string // of lines that were told in pieces, the first
}

func (o *oracle) judge() string {
	o.lines = map[string][]*line{}
	for _, s := range o.segments {
		for _, l := range s.lines {
			o.lines[l.text] = append(o.lines[l.text], l)
		}
		if s.half != "" { // its writer may have left it for good
			o.lines[s.half] = append(o.lines[s.half], &line{text: s.half, torn: true, seg: s, from: math.MaxInt64})
		}
	}
	last, newest := map[*segment]int64{}, 0
	for _, t := range o.p.got {
		if t.gap != nil {
			continue
		}
		l := o.deliver(t)
		if l == nil {
			return fmt.Sprintf("%q (torn %v) comes twice or from nowhere", t.text, t.torn)
		}
		if at, known := last[l.seg]; known && at > l.from {
			return fmt.Sprintf("%q comes too late", t.text)
		}
		last[l.seg] = l.from
		if !o.unruly && !o.kube.compress && !o.guarded && o.births && l.seg.number < newest {
			return fmt.Sprintf("%q, of segment %d, comes after segment %d", l.text, l.seg.number, newest)
		}
		newest = l.seg.number
	}
	for _, s := range o.segments {
		for _, l := range s.lines {
			if wrong := o.missing(l); wrong != "" {
				return fmt.Sprintf("%q, bytes %d to %d of segment %d: %s", l.text, l.from, l.to, s.number, wrong)
			}
		}
	}
	for _, t := range o.p.got {
		if t.gap != nil {
			if wrong := o.unfounded(t); wrong != "" {
				return fmt.Sprintf("%v: %s", t.gap, wrong)
			}
		}
	}
	return ""
}

// deliver finds the line that was told. Fragments may be alike.
func (o *oracle) deliver(t told) *line {
	for _, l := range o.lines[t.text] {
		if !o.delivered[l] && l.torn == t.torn {
			o.delivered[l] = true
			return l
		}
	}
	return o.fragment(t)
}

// fragment finds the line that was told in two pieces. That is right where its writer went on with a file that somebody
// had replaced by one which holds data already.
func (o *oracle) fragment(t told) *line {
	if !o.unruly && !o.rude {
		return nil
	}
	for _, s := range o.segments {
		for _, l := range s.lines {
			if t.torn && !o.delivered[l] && strings.HasPrefix(l.text, t.text) || !t.torn && o.pieces[l] != "" && o.pieces[l]+t.text == l.text {
				o.delivered[l], o.pieces[l] = true, t.text
				return l
			}
		}
	}
	return nil
}

func (o *oracle) missing(l *line) string {
	switch {
	case o.delivered[l] || l.blind[o.p.name]:
		return ""
	case l.late && l.goneBy != "" && o.unruly && !l.read[o.p.name]:
		return "" // docs/guarantees.md names both: the compressed file looks whole, and the other one is let go of
	case l.goneBy == "":
		return "not told, and it is there"
	}
	for _, t := range o.p.got {
		if t.gap != nil && o.covers(t, l) {
			if (l.goneBy == o.p.name && !l.read[o.p.name] && l.seg.before == nil || l.goneBy == "guard") && !o.small && o.mostHeld == maxHeld {
				return "told as lost, but it was the " + l.goneBy + " who let go of it"
			}
			return ""
		}
	}
	return "lost by the " + l.goneBy + ", and no gap tells"
}

// covers tells whether a gap speaks of a lost line: of its bytes in its file, or of all that came after a file.
func (o *oracle) covers(t told, l *line) bool {
	g, s := t.gap, o.subject(t.gap)
	if b := l.seg.before; b != nil && g.To < 0 && (b == s || b.names[g.File]) {
		return true // deleted after it was truncated, and not seen under a name in between
	}
	if s != nil && s != l.seg || s == nil && !l.seg.names[g.File] || g.From > l.from {
		return o.coversUnseen(t, l)
	}
	return g.To < 0 || g.To >= l.to
}

// coversUnseen: what was destroyed before the gap was told, in a time that it names.
func (o *oracle) coversUnseen(t told, l *line) bool {
	g := t.gap
	return g.To < 0 && (l.goneAs <= t.seen || 0 < l.unnamedAs && l.unnamedAs <= t.seen) && (o.stepped || !l.at.Before(g.First.Add(-o.grain)) && !l.at.After(g.Last.Add(time.Second)))
}

// subject is the segment that a gap speaks of, by the time of its first line.
func (o *oracle) subject(g *inputs.GapError) *segment {
	for _, s := range o.segments {
		if len(s.lines) > 0 && !g.First.IsZero() && lineTime([]byte(s.lines[0].text)).Equal(g.First) {
			return s
		}
	}
	return nil
}

// unfounded tells why a gap should not have been told.
func (o *oracle) unfounded(t told) string {
	g := t.gap
	if t.seen == 0 && o.destroyedNothing() {
		return "nothing was destroyed"
	}
	if g.From < 0 || g.To < 0 {
		return ""
	}
	if s := o.subject(g); s != nil {
		for _, l := range s.lines {
			if l.from < g.To && l.to > g.From && (o.delivered[l] || l.goneBy == "") {
				return fmt.Sprintf("%q is in it, and was not lost", l.text)
			}
		}
	}
	return ""
}

// destroyedNothing: no file was deleted or truncated, whatever was in it.
func (o *oracle) destroyedNothing() bool { return o.deletions == 0 }

// account is all that happened, for the one who looks for the reason.
func (o *oracle) account() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "guarded %v, small %v, logrotate %+v, kube %+v, rude %v, stepped %v, births %v\n", o.guarded, o.small, o.logrotate, o.kube, o.rude, o.stepped, o.births)
	for _, s := range o.segments {
		for _, l := range s.lines {
			fmt.Fprintf(&b, "segment %d %d-%d %s torn=%v gone=%s delivered=%v %s\n", s.number, l.from, l.to, l.at.Format("05.000000"), l.torn, l.goneBy, o.delivered[l], l.text)
		}
	}
	for _, t := range o.p.got {
		fmt.Fprintf(&b, "%s told %q %v\n", t.at.Format("05.000000"), t.text, t.gap)
	}
	return b.String()
}

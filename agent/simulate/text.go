package simulate

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/auditship/auditship/agent/terminal"
)

// WriteText writes the report for people. Everything that comes from events or rules is escaped for a terminal.
func (r *Report) WriteText(to io.Writer) error {
	t := &text{report: r}
	t.totals()
	for i := range r.Outputs {
		t.output(&r.Outputs[i])
	}
	_, err := io.WriteString(to, t.String())
	return err
}

// text is a report as it is written.
type text struct {
	strings.Builder
	report *Report
}

// line writes one line, whatever the values hold.
func (t *text) line(format string, values ...any) {
	t.WriteString(strings.TrimRight(terminal.Escape(fmt.Sprintf(format, values...)), " "))
	t.WriteByte('\n')
}

func (t *text) totals() {
	r := t.report
	span := "at no known time"
	if !r.First.IsZero() {
		const layout = "2006-01-02 15:04:05"
		span = fmt.Sprintf("%s to %s (%v)", r.First.UTC().Format(layout), r.Last.UTC().Format(layout), r.Last.Sub(r.First).Round(time.Second))
	}
	t.line("%s, %s, %s", events(r.In.Events), size(r.In.Bytes), span)
	var lines uint64
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(r.Broken)) {
		lines += r.Broken[reason].Events
		reasons = append(reasons, fmt.Sprintf("%s %s", reason, number(r.Broken[reason].Events)))
	}
	if lines > 0 {
		t.line("%s lines are no audit events and would become dead letters: %s", number(lines), strings.Join(reasons, ", "))
	}
}

func (t *text) output(o *OutputReport) {
	t.line("")
	t.line("output %s", strings.Join(o.Outputs, ", "))
	t.volume("filtered", &o.Filtered.Events, o.Filtered.Bytes)
	t.volume("stripped", nil, o.Stripped)
	t.volume("kept", &o.Kept.Events, o.Kept.Bytes)
	t.line("  shipped as %s: %s of each kept byte, with what is redacted and added", size(o.Shipped), ratio(o.Shipped, o.Kept.Bytes))
	if o.Failed > 0 {
		t.line("  %s can't be redacted and would become dead letters", events(o.Failed))
	}
	t.rules(o)
	t.remarks(o)
	for _, name := range TableNames {
		t.table(name, o.By[name])
	}
	t.changes(o)
}

// volume writes a part of all that came in, and how much that would be in a day.
func (t *text) volume(name string, count *uint64, bytes uint64) {
	in, total, part := t.report.In, "", ""
	if count != nil {
		total, part = number(*count), share(*count, in.Events)
	}
	daily := ""
	if f := t.report.PerDay; f > 0 {
		daily = "   a day: " + size(uint64(float64(bytes)*f))
		if count != nil {
			daily += fmt.Sprintf(", %s", events(uint64(float64(*count)*f)))
		}
	}
	t.line("  %-8s  %11s %7s  %9s %7s%s", name, total, part, size(bytes), share(bytes, in.Bytes), daily)
}

func (t *text) rules(o *OutputReport) {
	width := len("RULE")
	for i := range o.Rules {
		width = max(width, min(48, len(label(&o.Rules[i]))))
	}
	t.line("")
	t.line("  %-*s  %-15s  %10s  %10s %7s  %9s %7s", width, "RULE", "LEVEL", "MATCHED", "DECIDED", "", "BYTES", "")
	for i := range o.Rules {
		r := &o.Rules[i]
		if r.Matched+r.Decided.Events == 0 { // see remarks
			continue
		}
		matched := number(r.Matched)
		if r.Built || r.Index < 0 {
			matched = ""
		}
		t.line("  %-*s  %-15s  %10s  %10s %7s  %9s %7s", width, label(r), r.Level, matched, number(r.Decided.Events), share(r.Decided.Events, t.report.In.Events),
			size(r.Decided.Bytes), share(r.Decided.Bytes, t.report.In.Bytes))
		t.examples(r.Examples)
	}
}

func label(r *RuleReport) string {
	if r.Rule == "" {
		return "(no rule)"
	}
	return r.Rule
}

func (t *text) examples(all []Example) {
	for _, x := range all {
		code := ""
		if x.Code != 0 {
			code = fmt.Sprintf(" (%d)", x.Code)
		}
		who := strings.TrimSuffix(x.Kind+" "+x.Actor, " ") // a failed login has no name
		t.line("      %s %s: %s%s", x.Time.UTC().Format("15:04:05.000"), who, x.Action, code)
	}
}

// remarks are what is odd about the rules.
func (t *text) remarks(o *OutputReport) {
	t.line("")
	for i := range o.Rules {
		r := &o.Rules[i]
		switch {
		case r.Unmatched():
			t.line("  never matches: %s", r.Rule)
		case r.Shadowed():
			t.line("  shadowed: %s matches %s, and earlier rules decide all of them: %s", r.Rule, events(r.Matched), shadows(r.Shadowing))
		case r.First > 0 && r.Decided.Events == 0:
			t.line("  outdone: %s decides %s in its list, and another list keeps less, or protects, each time", r.Rule, events(r.First))
		}
	}
	for _, e := range o.Protected {
		if e.Dropped {
			t.line("  DROPS WHAT IS PROTECTED: %s drops %s that %q would keep", e.Rule, events(e.Events), e.Protection)
		} else {
			t.line("  protected: %s would drop %s that %q keeps", e.Rule, events(e.Events), e.Protection)
		}
		t.examples(e.Examples)
	}
}

func shadows(by []ShadowReport) string {
	var parts []string
	for _, s := range by {
		parts = append(parts, fmt.Sprintf("%s %s", s.Rule, number(s.Events)))
	}
	return strings.Join(parts, ", ")
}

func (t *text) table(name string, table Table) {
	if len(table.Top) == 0 {
		return
	}
	t.line("")
	t.line("  kept, by %s", name)
	for _, row := range table.Top {
		t.line("  %11s  %9s  %s", number(row.Events), size(row.Bytes), row.Name)
	}
	if table.Others.Events > 0 {
		note := ""
		if table.Lower {
			note = "; there were too many names to count all: the lines above are lower bounds"
		}
		t.line("  %11s  %9s  (others%s)", number(table.Others.Events), size(table.Others.Bytes), note)
	}
}

var changeTitles = map[string]string{"dropped": "newly dropped", "kept": "newly kept", "level": "at another level"}

func (t *text) changes(o *OutputReport) {
	for _, c := range o.Changes {
		t.line("")
		t.line("  %s: %s, %s: %s by %s, was %s by %s", changeTitles[c.Kind], events(c.Events), size(c.Bytes), c.IsLevel, orNone(c.Is), c.WasLevel, orNone(c.Was))
		t.examples(c.Examples)
	}
	if o.OtherPairs != nil {
		t.line("  otherwise changed: %s, by too many pairs of rules to tell", events(o.OtherPairs.Events))
	}
}

func orNone(rule string) string {
	if rule == "" {
		return "no rule"
	}
	return rule
}

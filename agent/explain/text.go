package explain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/auditship/auditship/agent/rules"
	"github.com/auditship/auditship/agent/terminal"
)

// WriteText writes what becomes of an event for people, escaped for a terminal. all has it tell of each rule and key, also of
// rules behind the one that decides.
func WriteText(to io.Writer, d Document, explained []Explanation, all bool) error {
	t := text{all: all}
	if len(explained) > 0 {
		t.line("event: %s", explained[0].Event)
	}
	t.shipped(d)
	for i := range explained {
		t.explanation(&explained[i])
	}
	_, err := io.WriteString(to, t.String())
	return err
}

type text struct {
	strings.Builder
	all bool
}

func (t *text) line(format string, values ...any) {
	t.WriteString(terminal.Escape(fmt.Sprintf(format, values...)))
	t.WriteByte('\n')
}

// shipped warns of what an event that was shipped may lack.
func (t *text) shipped(d Document) {
	if d.Shipped == nil {
		return
	}
	t.line("  was shipped before, as %s, by %s", orElse(d.Shipped.ID, "an event without ID"), orElse(d.Shipped.Rule, "no rule"))
	if missing := append(d.Shipped.Trimmed, d.Shipped.Redacted...); len(missing) > 0 {
		t.line("  it lacks what was taken out then, so that conditions (when) may be answered otherwise: %s", strings.Join(missing, ", "))
	}
}

func (t *text) explanation(x *Explanation) {
	t.line("  output %s: %s", strings.Join(x.Outputs, ", "), fate(x))
	for i := range x.Lists {
		t.list(&x.Lists[i], x.Lists)
	}
	would := ""
	if x.Level == rules.None {
		would = "would be "
	}
	for _, body := range x.Stripped {
		t.line("    stripped: %s, %d bytes", body.Field, body.Bytes)
	}
	t.redacted(x, would)
	if x.OmitManagedFields {
		t.line("    managedFields: left out")
	}
	t.line("    %sshipped: %d bytes, for %d in the log", would, x.Shipped, x.Bytes)
	t.line("    %sadded:", would)
	t.added(x.Added)
}

func fate(x *Explanation) string {
	by := orElse(x.Rule, "no rule")
	switch x.Level {
	case rules.None:
		return "dropped by " + by
	case rules.RequestResponse:
		return "kept whole by " + by
	}
	return fmt.Sprintf("kept at level %v by %s", x.Level, by)
}

func (t *text) redacted(x *Explanation, would string) {
	switch {
	case len(x.Redacted) == 0:
		t.line("    %sredacted: nothing", would)
	case x.Off:
		t.line("    NOT redacted, as redaction is off: %s", strings.Join(x.Redacted, ", "))
	default:
		t.line("    %sredacted: %s", would, strings.Join(x.Redacted, ", "))
	}
}

// list tells what a list says. The built-in one is left out where no list drops the event, as it is not asked then.
func (t *text) list(l *rules.ListExplanation, lists []rules.ListExplanation) {
	if l.Built && !t.all && !drops(lists) {
		return
	}
	t.line("    %s: %s", l.Name, says(l))
	for i := range l.Rules {
		if l.Decides >= 0 && i > l.Decides && !t.all {
			t.line("      behind it, not asked: %d; --all shows them", len(l.Rules)-i)
			break
		}
		t.rule(&l.Rules[i], i == l.Decides)
	}
}

func drops(lists []rules.ListExplanation) bool {
	for _, l := range lists {
		if !l.Built && l.Level == rules.None {
			return true
		}
	}
	return false
}

// says is what a list says in the end.
func says(l *rules.ListExplanation) string {
	by := "no rule matches"
	if l.Decides >= 0 {
		by = l.Rules[l.Decides].Name + " decides"
	}
	switch {
	case l.Built && l.Level == rules.None:
		return "protects nothing: " + by
	case l.Built:
		return fmt.Sprintf("protects it, at level %v: %s", l.Level, by)
	case l.Omits != "":
		return fmt.Sprintf("drops it, as omitStages has %s: %s", l.Omits, by)
	case l.Level == rules.None:
		return "drops it: " + by
	}
	return fmt.Sprintf("keeps it at level %v: %s", l.Level, by)
}

// rule tells of the rule that decides every key, of another one what keeps it from matching.
func (t *text) rule(r *rules.RuleExplanation, decides bool) {
	verdict := "does not match"
	switch {
	case decides:
		verdict = "matches, and decides"
	case r.Matches:
		verdict = "matches, too"
	}
	t.line("      %s (%s) %s", r.Name, r.Level, verdict)
	for _, k := range r.Keys {
		if k.Holds && !r.Matches && !t.all {
			continue
		}
		sign := "-"
		if k.Holds {
			sign = "+"
		}
		t.line("        %s %s: %s", sign, k.Key, k.Text)
	}
	if len(r.Keys) == 0 {
		t.line("        + it asks for nothing")
	}
}

// added writes the members of a JSON object, each on a line.
func (t *text) added(object []byte) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.Token() // the brace
	for decoder.More() {
		key, _ := decoder.Token()
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return
		}
		t.line("      %v: %s", key, value)
	}
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

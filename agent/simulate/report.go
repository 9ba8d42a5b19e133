package simulate

import (
	"cmp"
	"slices"
	"time"

	"github.com/auditship/auditship/agent/rules"
)

// Report is what a Simulator has found. As JSON it is what `auditship simulate --json` prints.
type Report struct {
	In      Volume            `json:"in"`               // audit events
	Broken  map[string]Volume `json:"broken"`           // lines that are none, by the reason
	First   time.Time         `json:"first,omitzero"`   // event, by the time of its stage
	Last    time.Time         `json:"last,omitzero"`    //
	Seconds float64           `json:"seconds"`          // between both
	PerDay  float64           `json:"per_day,omitzero"` // what to multiply with to get what a day has; 0: can't be told
	Outputs []OutputReport    `json:"outputs"`
}

// OutputReport is what becomes of the events for outputs with the same rules. In is filtered, stripped and kept.
type OutputReport struct {
	Outputs    []string         `json:"outputs"`
	Filtered   Volume           `json:"filtered"`
	Stripped   uint64           `json:"stripped_bytes"` // of bodies that events are shipped without
	Kept       Volume           `json:"kept"`
	Shipped    uint64           `json:"shipped_bytes"` // of what is kept, with redaction and what auditship adds, before the output's encoding
	Failed     uint64           `json:"failed"`        // events that would become dead letters, as they can't be redacted
	Rules      []RuleReport     `json:"rules"`         // in the order in which they are asked
	Protected  []Endangered     `json:"protected"`     // what is dropped, or would be, although it is protected
	By         map[string]Table `json:"kept_by"`       // by one of TableNames
	Changes    []Change         `json:"changes,omitempty"`
	OtherPairs *Volume          `json:"other_changes,omitempty"` // by pairs of rules that are too many
}

// RuleReport is what one rule does. A rule that has Matched without First is shadowed: earlier rules of its list always decide.
type RuleReport struct {
	Rule      string         `json:"rule"`
	List      string         `json:"list"`  // empty: what no rule matches and nothing is lost of
	Index     int            `json:"index"` // in the list; -1: what happens to events that none of its rules matches
	Level     string         `json:"level"`
	Built     bool           `json:"built_in,omitempty"`
	Matched   uint64         `json:"matched"` // events, whether or not it was asked; of built-in rules they are not counted
	First     uint64         `json:"first"`   // events for which it decided in its list
	Decided   Volume         `json:"decided"` // for which it decided in the end: what auditship.rule says
	Filtered  uint64         `json:"filtered"`
	Reduced   uint64         `json:"reduced"` // events of decided that are shipped without a body
	Shadowing []ShadowReport `json:"shadowed_by,omitempty"`
	Examples  []Example      `json:"examples,omitempty"`
}

// ShadowReport is how many events an earlier rule decided that this one matches, too.
type ShadowReport struct {
	Rule   string `json:"rule"`
	Events uint64 `json:"events"`
}

// Endangered is what a rule would drop and another one protects.
type Endangered struct {
	Rule       string `json:"rule"`
	Protection string `json:"protection"`
	Dropped    bool   `json:"dropped"` // it is dropped: protection is off, or the rule says protect: false
	Volume
	Examples []Example `json:"examples,omitempty"`
}

// Change is what two configurations do not agree about.
type Change struct {
	Kind     string `json:"kind"` // dropped, kept or level: what is new
	Was      string `json:"was"`  // the rule; empty: none
	WasLevel string `json:"was_level"`
	Is       string `json:"is"`
	IsLevel  string `json:"is_level"`
	Volume
	Examples []Example `json:"examples,omitempty"`
}

const (
	day      = 24 * time.Hour
	shortest = time.Second // that an estimate is made of
	shadowed = 5           // rules that are named
)

// Report tells what was found so far.
func (s *Simulator) Report() *Report {
	span := s.last.Sub(s.first)
	r := &Report{In: s.in, Broken: map[string]Volume{}, First: s.first, Last: s.last, Seconds: span.Seconds()}
	if span >= shortest {
		r.PerDay = day.Seconds() / span.Seconds()
	}
	for reason, v := range s.broken {
		r.Broken[reason] = *v
	}
	for _, o := range s.outputs {
		r.Outputs = append(r.Outputs, o.report())
	}
	return r
}

func (o *outcome) report() OutputReport {
	r := OutputReport{Outputs: o.Names, Filtered: o.filtered, Stripped: o.stripped, Kept: o.kept, Shipped: o.shipped, Failed: o.failed,
		Protected: o.protected(), By: map[string]Table{}, Changes: o.differences()}
	all := o.Rules.All()
	for id, info := range all {
		rule := o.rules[id].report(info)
		rule.Shadowing = o.shadowing(id, all)
		r.Rules = append(r.Rules, rule)
	}
	if o.unruled.decided.Events > 0 {
		r.Rules = append(r.Rules, o.unruled.report(rules.Info{Index: -1, Level: rules.RequestResponse}))
	}
	for i, name := range TableNames {
		r.By[name] = o.tables[i].top(o.limits.Top)
	}
	if o.unlisted.Events > 0 {
		r.OtherPairs = &o.unlisted
	}
	return r
}

func (c *ruleCount) report(info rules.Info) RuleReport {
	return RuleReport{Rule: info.Name, List: info.List, Index: info.Index, Level: info.Level.String(), Built: info.Built, Matched: c.matched, First: c.first,
		Decided: c.decided.Volume, Filtered: c.filtered, Reduced: c.reduced, Examples: c.decided.examples}
}

// shadowing are the rules that decided before a rule, the most frequent first.
func (o *outcome) shadowing(id int, all []rules.Info) (by []ShadowReport) {
	for s, events := range o.shadows {
		if s.rule == id {
			by = append(by, ShadowReport{all[s.by].Name, events})
		}
	}
	slices.SortFunc(by, func(a, b ShadowReport) int {
		return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(a.Rule, b.Rule))
	})
	return by[:min(len(by), shadowed)]
}

func (o *outcome) protected() (all []Endangered) {
	rules := o.Rules.All()
	for d, s := range o.endangered {
		all = append(all, Endangered{rules[d.rule].Name, d.by, d.dropped, s.Volume, s.examples})
	}
	slices.SortFunc(all, func(a, b Endangered) int {
		return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Protection, b.Protection))
	})
	return all
}

func (o *outcome) differences() (all []Change) {
	for c, s := range o.changes {
		all = append(all, Change{c.kind(), c.was.rule, c.was.level.String(), c.is.rule, c.is.level.String(), s.Volume, s.examples})
	}
	slices.SortFunc(all, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.Events, a.Events), cmp.Compare(a.Was, b.Was), cmp.Compare(a.Is, b.Is),
			cmp.Compare(a.WasLevel, b.WasLevel), cmp.Compare(a.IsLevel, b.IsLevel))
	})
	return all
}

// Shadowed tells that the rule matches and never decides, since earlier ones of its list do.
func (r *RuleReport) Shadowed() bool { return r.Matched > 0 && r.First == 0 }

// Unmatched tells that a rule of a policy matches nothing.
func (r *RuleReport) Unmatched() bool { return r.Index >= 0 && !r.Built && r.Matched == 0 }

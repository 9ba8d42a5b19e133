package explain

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/redact"
	"github.com/auditship/auditship/agent/rules"
	"github.com/auditship/auditship/agent/simulate"
)

// Explanation is what becomes of one event on its way to one or more outputs, and why. Its texts are an attacker's.
type Explanation struct {
	Event   string // in a few words
	Outputs []string
	rules.Explanation
	Bytes    int    // of the record
	Stripped []Body // what the level leaves out
	// Redacted are the paths of secrets. If Off, redaction is off, and they are shipped.
	Redacted []string
	Off      bool
	Shipped  int             // bytes, before the output's encoding; of an event that is dropped: what it would be
	Added    json.RawMessage // the "auditship" object, with secrets hidden even if Off
}

// Body is a part of an event that is left out.
type Body struct {
	Field string
	Bytes int
}

// Event explains an event for each of the outputs. They know what Observe of their enrichers was shown before: nothing else, so a
// token that an earlier event minted may not be traced.
func Event(record []byte, outputs []simulate.Output) ([]Explanation, error) {
	var decoder event.Decoder
	var e event.Event
	if err := decoder.Decode(record, &e); err != nil {
		return nil, err
	}
	e.ID = event.Sum(record)
	var all []Explanation
	for _, o := range outputs {
		x, err := explain(e, o)
		if err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, nil
}

func explain(e event.Event, o simulate.Output) (Explanation, error) {
	o.Enricher.Observe(&e)
	x := Explanation{Outputs: o.Names, Explanation: o.Rules.Explain(&e), Bytes: len(e.Raw)}
	e.Rule = x.Rule
	if x.Level != rules.None { // what is dropped would be shipped whole, were it shipped
		x.Level.Strip(&e)
	}
	for f := range event.NumFields {
		if value := e.Members[f].Value; e.Trimmed.Has(f) {
			x.Stripped = append(x.Stripped, Body{f.String(), value.Len()})
		}
	}
	shipped, err := finish(e, o, o.Redactor, x.OmitManagedFields)
	if err != nil {
		return x, err
	}
	shown, err := finish(e, o, o.Shy, x.OmitManagedFields)
	if err != nil {
		return x, err
	}
	x.Shipped, x.Off = shipped.Size(), shipped.Redacted == nil && shown.Redacted != nil
	x.Added = append(slices.Clone(shown.Enrichment), '}')
	x.Event = words(&e, x.Added)
	if shown.Redacted != nil {
		err = json.Unmarshal(shown.Redacted, &x.Redacted)
	}
	return x, err
}

// words are what was done when by whom, how it ended, and how much of it was recorded.
func words(e *event.Event, added []byte) string {
	said := struct {
		Actor  struct{ Kind, Name string }
		Action string
	}{}
	if err := json.Unmarshal(added, &said); err != nil {
		panic(err) // a mistake of package enrich, which its tests find
	}
	who := strings.TrimSuffix(said.Actor.Kind+" "+said.Actor.Name, " ") // a failed login has no name
	code := ""
	if e.Code != 0 {
		code = fmt.Sprintf(" (%d)", e.Code)
	}
	return fmt.Sprintf("%s %s %s: %s%s, recorded at level %s", e.String(e.Text(event.StageTimestamp)), e.String(e.Text(event.Stage)),
		who, said.Action, code, e.String(e.Text(event.Level)))
}

// finish redacts and enriches a copy of the event as a pipeline does.
func finish(e event.Event, o simulate.Output, r *redact.Redactor, omitManagedFields bool) (*event.Event, error) {
	arena, err := r.Redact(&e, nil, omitManagedFields)
	if err != nil {
		return nil, err
	}
	e.Enrichment = o.Enricher.Enrich(&e, arena[len(arena):])
	if o.Shaper != nil {
		o.Shaper.Shape(&e, nil)
	}
	return &e, nil
}

package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/proxy"
)

const (
	shownValues = 12  // of a list in a rule
	shownText   = 160 // bytes of what others wrote
)

// listed tells whether a list has what the event has, in words.
func listed(wanted []string, has func(*event.Event) string) func(*event.Event, bool) string {
	return func(e *event.Event, holds bool) string {
		verb := "does not have"
		if holds {
			verb = "has"
		}
		return fmt.Sprintf("%s %s %s", shown(wanted), verb, has(e))
	}
}

// shown is a list as a policy has it, its beginning if it is long.
func shown(values []string) string {
	more := ""
	if len(values) > shownValues {
		more = fmt.Sprintf(", and %d more", len(values)-shownValues)
		values = values[:shownValues]
	}
	parts := make([]string, len(values))
	for i, v := range values {
		if parts[i] = v; v == "" {
			parts[i] = `""`
		}
	}
	return "[" + strings.Join(parts, ", ") + more + "]"
}

// quoted is a text of the event, its beginning if it is long.
func quoted(e *event.Event, t event.Text) string {
	t, all := e.Clip(t, shownText)
	text := strconv.Quote(e.String(t))
	if !all {
		text += "…"
	}
	return text
}

func fieldOf(f event.Field) func(*event.Event) string {
	return func(e *event.Event) string { return quoted(e, e.Text(f)) }
}

func userOf(e *event.Event) string {
	if e.User.Username.Len() == 0 {
		return "what the event has: no user"
	}
	return quoted(e, e.User.Username)
}

func groupsOf(e *event.Event) string {
	var groups []string
	for group := range e.Strings(e.User.Groups) {
		groups = append(groups, quoted(e, group))
	}
	if len(groups) == 0 {
		return "what the event has: no groups"
	}
	return "one of " + shown(groups)
}

func resourceOf(e *event.Event) string {
	if !e.Has(event.ObjectRef) {
		return "what the request is for: no resource, but " + pathOf(e)
	}
	o := e.Object
	text := quoted(e, o.Resource)
	if o.Subresource.Len() > 0 {
		text += "/" + quoted(e, o.Subresource)
	}
	if text += " of the core group"; o.APIGroup.Len() > 0 {
		text = strings.TrimSuffix(text, "the core group") + quoted(e, o.APIGroup)
	}
	if n := name(e); n.Len() > 0 {
		text += " named " + quoted(e, n)
	}
	return text
}

// resourcesText is resources as few words: pods, pods/log, deployments.apps, secrets named a|b.
func resourcesText(wanted []GroupResources) (all []string) {
	for _, w := range wanted {
		group := ""
		if w.Group != "" {
			group = "." + w.Group
		}
		names := ""
		if len(w.ResourceNames) > 0 {
			names = " named " + strings.Join(w.ResourceNames, "|")
		}
		if len(w.Resources) == 0 {
			all = append(all, "all"+group+names)
		}
		for _, spec := range w.Resources {
			all = append(all, spec+group+names)
		}
	}
	return all
}

// entersText says what path the backend of a proxy gets.
func entersText(e *event.Event, holds bool) string {
	behind := string(proxy.AppendPath(nil, e))
	if holds {
		return fmt.Sprintf("%.*q behind the proxy leads into containers, if a kubelet is there", shownText, behind)
	}
	return fmt.Sprintf("%.*q behind the proxy leads into no containers", shownText, behind)
}

func namespaceOf(e *event.Event) string {
	switch {
	case !e.Has(event.ObjectRef):
		return "what the request is for: no resource"
	case namespace(e).Len() == 0 && e.Object.Namespace.Len() > 0:
		return fmt.Sprintf(`"": the path has no namespace, and %s is what the body claims`, quoted(e, e.Object.Namespace))
	}
	return quoted(e, namespace(e))
}

func pathOf(e *event.Event) string {
	if e.Has(event.ObjectRef) {
		return "what the request is for: a resource"
	}
	path := string(appendPath(nil, e))
	if len(path) > shownText {
		return strconv.Quote(path[:shownText]) + "…"
	}
	return strconv.Quote(path)
}

func codeOf(e *event.Event) string {
	if e.Code == 0 {
		return "what the event has: no code"
	}
	return strconv.Itoa(e.Code)
}

func sourceOf(e *event.Event) string {
	if e.SourceIP.Len() == 0 {
		return "what the event has: no address"
	}
	return quoted(e, e.SourceIP)
}

func actorOf(e *event.Event) string { return e.CallerKind().String() }

func dryRunText(e *event.Event, holds bool) string {
	is := "no dry run"
	if e.DryRun() {
		is = "a dry run"
	}
	return fmt.Sprintf("%t, and the request is %s", e.DryRun() == holds, is)
}

// whenText says no more: why a condition can't be answered may repeat what is secret.
func whenText(expression string) func(*event.Event, bool) string {
	asked := Rule{When: expression}
	if len(expression) > shownText {
		expression = expression[:shownText] + "…"
	}
	return func(e *event.Event, holds bool) string {
		switch {
		case !holds:
			return expression + " does not hold"
		case !satisfies(&List{}, &asked, e):
			return expression + " can't be answered, and the rule protects"
		}
		return expression + " holds"
	}
}

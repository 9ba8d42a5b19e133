package rules

import (
	"github.com/auditship/auditship/agent/event"
)

// actorKinds are the kinds that event.CallerKind tells, by their names.
var actorKinds = func() map[string]event.ActorKind {
	kinds := map[string]event.ActorKind{}
	for _, kind := range []event.ActorKind{event.Human, event.ServiceAccount, event.Node, event.ControlPlane, event.Anonymous, event.Unauthenticated, event.Bootstrap} {
		kinds[kind.String()] = kind
	}
	return kinds
}()

// actors finds the rules of a block that the kind of the caller satisfies.
type actors struct {
	any set
	by  [event.Bootstrap + 1]set
}

func (a *actors) add(rule int, kinds []string) {
	if len(kinds) == 0 {
		a.any.add(rule)
	}
	for _, kind := range kinds {
		a.by[actorKinds[kind]].add(rule)
	}
}

func (a *actors) seal() {
	for i := range a.by {
		a.by[i].or(&a.any)
	}
}

func (a *actors) narrow(found *set, e *event.Event) bool {
	return found.within(&a.any) || found.and(&a.by[e.CallerKind()])
}

// dryRun finds the rules of a block by whether the request was to change nothing.
type dryRun struct{ any, dry, wet set }

func (d *dryRun) add(rule int, wanted *bool) {
	switch {
	case wanted == nil:
		d.any.add(rule)
	case *wanted:
		d.dry.add(rule)
	default:
		d.wet.add(rule)
	}
}

func (d *dryRun) narrow(found *set, e *event.Event) bool {
	if found.within(&d.any) {
		return true
	}
	matching := d.any
	if e.DryRun() {
		matching.or(&d.dry)
	} else {
		matching.or(&d.wet)
	}
	return found.and(&matching)
}

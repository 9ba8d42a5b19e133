package redact

import "github.com/auditship/auditship/agent/event"

// Notable are the keys of which there must be one wherever something is hidden: a decoder that knows them finds the parts of
// bodies that need not be looked into. All other words only tell what these mean.
var Notable = event.NewKeys("annotations", "args", "binarydata", "command", "data", "env", "managedfields", "stringdata", "token", "value")

// isQuiet tells whether the object or array at i has no notable key; it is the first of w.quiet then. Rules may want any key.
func (w *walker) isQuiet(i int) bool {
	for len(w.quiet) > 0 && int(w.quiet[0].Start) < i {
		w.quiet = w.quiet[1:]
	}
	return len(w.quiet) > 0 && int(w.quiet[0].Start) == i && len(w.matcher.rules) == 0
}

// valueEnd is where the value at i ends.
func (w *walker) valueEnd(i int) int {
	if w.isQuiet(i) {
		return int(w.quiet[0].End)
	}
	return event.ValueEnd(w.b, i)
}

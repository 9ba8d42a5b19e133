package enrich

import (
	"encoding/hex"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/session"
)

// appendSession appends the member session to the events of the start and of the end of one. Both say all that is known by
// then, so that neither needs the other.
func (w *what) appendSession(dst []byte, e *event.Event) []byte {
	if w.visit == nil {
		return dst
	}
	phase := session.Phase(e)
	if phase == "" {
		return dst
	}
	id := w.sessions.ID(e)
	dst = hex.AppendEncode(append(dst, `,"session":{"id":"`...), id[:])
	dst = append(append(append(dst, `","phase":"`...), phase...), '"')
	dst = append(append(append(dst, `,"kind":"`...), w.visit.Kind.String()...), '"')
	dst = appendClipped(dst, `,"pod":`, e, e.Object.Name, maxName)
	dst = appendClipped(dst, `,"namespace":`, e, e.Object.Namespace, maxName)
	if len(w.visit.Container) > 0 {
		dst = w.appendBytes(append(dst, `,"container":`...), w.visit.Container)
	}
	dst = w.appendArgs(dst)
	if w.visit.Streams {
		dst = appendBool(append(dst, `,"tty":`...), w.visit.TTY)
		dst = appendBool(append(dst, `,"stdin":`...), w.visit.Stdin)
	}
	dst = appendClipped(dst, `,"start":`, e, e.Text(event.RequestReceivedTimestamp), maxName)
	if phase == "end" {
		dst = appendClipped(dst, `,"end":`, e, e.Text(event.StageTimestamp), maxName)
		dst = w.appendMillis(dst, `,"duration_ms":`, e)
	}
	if outcome := session.Outcome(e); outcome != "" {
		dst = append(append(append(dst, `,"outcome":"`...), outcome...), '"')
	}
	return append(dst, '}')
}

// appendArgs appends the command. What it is longer than is kept of one ends in a part "…".
func (w *what) appendArgs(dst []byte) []byte {
	if len(w.visit.Argv) == 0 {
		return dst
	}
	dst = append(dst, `,"argv":[`...)
	for i, arg := range w.visit.Argv {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = w.appendBytes(dst, arg)
	}
	if w.visit.Clipped {
		dst = append(dst, `,"…"`...)
	}
	return append(dst, ']')
}

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

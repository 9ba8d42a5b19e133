package session

import (
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/query"
)

// texts is memory for the texts of one session at a time. It does not grow beyond what a session may keep, so that what was
// handed out stays where it is.
type texts struct{ all []byte }

// reset takes back what was handed out.
func (t *texts) reset() {
	if t.all == nil {
		t.all = make([]byte, 0, encoded(maxArgv)+encoded(maxContainer))
	}
	t.all = t.all[:0]
}

// encoded is how many bytes of a percent-encoded value can be needed to know its first max bytes and whether there are more.
func encoded(max int) int { return 3 * (max + utf8.UTFMax) }

// decode keeps the first max bytes of an encoded value, or somewhat less, up to the end of a character; whole tells whether
// that is all of it. However long the value is, no more of it is looked at than can be needed.
func (t *texts) decode(value []byte, max int) (text []byte, whole bool) {
	if most := encoded(max); len(value) > most {
		value = value[:most]
		for back := 1; back <= 2; back++ { // no part of an escape
			if value[len(value)-back] == '%' {
				value = value[:len(value)-back]
				break
			}
		}
	}
	start := len(t.all)
	return t.keep(start, query.Append(t.all, value), max)
}

// copy keeps the first max bytes, as they stand in the record, of a text of the event.
func (t *texts) copy(e *event.Event, from event.Text, max int) (text []byte, whole bool) {
	clipped, whole := e.Clip(from, max)
	start := len(t.all)
	text, all := t.keep(start, e.AppendText(t.all, clipped), max)
	return text, whole && all
}

// keep makes what was appended behind start a text of at most max bytes.
func (t *texts) keep(start int, all []byte, max int) (text []byte, whole bool) {
	text = all[start:]
	if whole = len(text) <= max; !whole {
		for max > 0 && !utf8.RuneStart(text[max]) {
			max--
		}
		text = text[:max]
	}
	t.all = all[:start+len(text)]
	return text[:len(text):len(text)], whole
}

package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/logs"
)

// errNoEvents is no finding: whoever asks an empty or wrong file about sessions shall not take it for "nobody".
var errNoEvents = errors.New("there is no audit event in these logs")

// eventLog reads the events of recorded logs, and counts what else is in them.
type eventLog struct {
	decoder event.Decoder
	event   event.Event
	lines   int
	others  int     // lines that are no events
	damaged []error // files that can't be read to their end
}

// each gives all events of logs to a function, up to its first error. Files that can't be read to their end are an error, after
// everything that could be read, and so are logs without an event.
func (l *eventLog) each(from *logs.Reader, do func(*event.Event) error) error {
	events := 0
	err := from.Each(func(line []byte) error {
		l.lines++
		if l.decoder.Decode(line, &l.event) != nil {
			l.others++
			return nil
		}
		events++
		return do(&l.event)
	}, l.missed)
	if err == nil && events == 0 {
		err = errNoEvents
	}
	return errors.Join(append(l.damaged, err)...)
}

func (l *eventLog) missed(err error) {
	var file *logs.FileError
	if errors.As(err, &file) {
		l.damaged = append(l.damaged, err)
		return
	}
	l.lines, l.others = l.lines+1, l.others+1
}

// tell says what is in the logs beside events.
func (l *eventLog) tell(to io.Writer) {
	if l.others > 0 {
		fmt.Fprintf(to, "auditship: %d of %d lines are no audit events\n", l.others, l.lines)
	}
}

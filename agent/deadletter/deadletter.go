// Package deadletter sets aside the records that can't be delivered: torn lines, lines that are no audit events, events that
// a destination refuses for good. Each keeps its record and the reason, so that it can be looked at and sent again.
package deadletter

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
)

// Letter is one record that was set aside.
type Letter struct {
	Time   time.Time // when it was set aside
	Reason string    // a short fixed word or phrase, never a text of a server
	Record []byte    // as it was read, without its newline
}

// ID names the record as event IDs do.
func (l *Letter) ID() event.ID { return event.Sum(l.Record) }

// line is a letter in the file: one JSON object per line. A record that is not UTF-8 stands in base64.
type line struct {
	Time   time.Time `json:"time"`
	Reason string    `json:"reason"`
	ID     string    `json:"id"`
	Record string    `json:"record,omitempty"`
	Base64 []byte    `json:"record_base64,omitempty"`
}

// appendLine appends what json.Marshal makes of a line, and its newline. A record may have many MB: it is not copied on the way.
func (l *Letter) appendLine(dst []byte) ([]byte, error) {
	head, err := json.Marshal(line{Time: l.Time.UTC(), Reason: l.Reason, ID: l.ID().String()})
	if err != nil {
		return dst, fmt.Errorf("encode dead letter: %w", err)
	}
	dst = slices.Grow(dst, len(head)+len(l.Record)/4*5+64)
	dst = append(dst, head[:len(head)-1]...)
	switch {
	case len(l.Record) == 0:
	case utf8.Valid(l.Record):
		dst = append(dst, `,"record":"`...)
		dst = append(appendEscaped(dst, l.Record), '"')
	default:
		dst = append(dst, `,"record_base64":"`...)
		dst = append(base64.StdEncoding.AppendEncode(dst, l.Record), '"')
	}
	return append(dst, "}\n"...), nil
}

// piece is how many bytes of a text are escaped at a time.
const piece = 64 << 10

// appendEscaped appends UTF-8 as it stands in a JSON string.
func appendEscaped(dst, text []byte) []byte {
	for len(text) > 0 {
		n := min(piece, len(text))
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n--
		}
		quoted, _ := json.Marshal(string(text[:n])) // fails for no string
		dst, text = append(dst, quoted[1:len(quoted)-1]...), text[n:]
	}
	return dst
}

// Parse reads a line of the file, with or without its newline.
func Parse(text []byte) (Letter, error) {
	var in line
	if err := json.Unmarshal(text, &in); err != nil {
		return Letter{}, fmt.Errorf("read dead letter: %w", err)
	}
	letter := Letter{Time: in.Time, Reason: in.Reason, Record: in.Base64}
	if letter.Record == nil {
		letter.Record = []byte(in.Record)
	}
	if letter.ID().String() != in.ID {
		return Letter{}, fmt.Errorf("read dead letter: its record does not match its id")
	}
	return letter, nil
}

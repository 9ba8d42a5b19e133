// Package deadletter sets aside the records that can't be delivered: torn lines, lines that are no audit events, events that
// a destination refuses for good. Each keeps its record and the reason, so that it can be looked at and sent again.
package deadletter

import (
	"encoding/json"
	"fmt"
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

func (l *Letter) appendLine(dst []byte) ([]byte, error) {
	out := line{Time: l.Time.UTC(), Reason: l.Reason, ID: l.ID().String()}
	if utf8.Valid(l.Record) {
		out.Record = string(l.Record)
	} else {
		out.Base64 = l.Record
	}
	text, err := json.Marshal(out)
	if err != nil {
		return dst, fmt.Errorf("encode dead letter: %w", err)
	}
	return append(append(dst, text...), '\n'), nil
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

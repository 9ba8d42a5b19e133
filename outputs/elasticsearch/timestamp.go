package elasticsearch

import (
	"time"

	"github.com/auditship/auditship/agent/event"
)

// fallbackTime is the time of an event that tells none: it must get in, and under the same name and time at each repeat.
// What stands at 1970 in an index is therefore an event without a time of its own.
var fallbackTime = time.Unix(0, 0).UTC()

// A date_nanos reaches from 1970 to 2262; what lies outside would have the whole event refused.
var latestTime = time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)

// timeOf is when the event happened: its stageTimestamp, else its requestReceivedTimestamp, else fallbackTime. With
// the field it was found in; NumFields: in none.
func timeOf(e *event.Event) (time.Time, event.Field) {
	for _, f := range [...]event.Field{event.StageTimestamp, event.RequestReceivedTimestamp} {
		if t, ok := e.Time(f); ok && !t.Before(fallbackTime) && t.Before(latestTime) {
			return t, f
		}
	}
	return fallbackTime, event.NumFields
}

// appendTime appends the value of @timestamp, in quotes: verbatim, where that is a form which every server reads.
func appendTime(dst []byte, e *event.Event, t time.Time, f event.Field) []byte {
	if f != event.NumFields {
		if value := e.Bytes(e.Members[f].Value); usual(value) {
			return append(dst, value...)
		}
	}
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, time.RFC3339Nano)
	return append(dst, '"')
}

// usual tells whether a time, in quotes, is in UTC and has a point and at most nine digits behind its seconds. It may
// rely on that the time is one: RFC 3339 and package time allow a comma, an offset, more digits and escapes besides.
func usual(value []byte) bool {
	const seconds = len(`"2006-01-02T15:04:05`)
	n := len(value)
	return n > seconds && n <= seconds+len(`.999999999Z"`) && value[n-2] == 'Z' && (value[seconds] == '.' || value[seconds] == 'Z')
}

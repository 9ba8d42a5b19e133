package event

import "time"

// Epoch is the time of an event that tells none: it must get in, and under the same name and time at each repeat. What stands
// at 1970 in an index is therefore an event without a time of its own.
var Epoch = time.Unix(0, 0).UTC()

// Elasticsearch's date_nanos reaches from 1970 to 2262; what lies outside would have the whole event refused.
var latestStamp = time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)

// Stamp is when the event happened: its stageTimestamp, else its requestReceivedTimestamp, as far as they lie between 1970
// and 2262, else Epoch. With the field it was found in; NumFields: in none.
func (e *Event) Stamp() (time.Time, Field) {
	for _, f := range [...]Field{StageTimestamp, RequestReceivedTimestamp} {
		if t, ok := e.stampOf(f); ok {
			return t, f
		}
	}
	return Epoch, NumFields
}

func (e *Event) stampOf(f Field) (time.Time, bool) {
	t, ok := e.Time(f)
	return t, ok && !t.Before(Epoch) && t.Before(latestStamp)
}

// AppendStamp appends what Stamp has found as a JSON string: verbatim, where that is a form which every server reads.
func (e *Event) AppendStamp(dst []byte, t time.Time, f Field) []byte {
	if f != NumFields {
		if value := e.Bytes(e.Members[f].Value); usualTime(value) {
			return append(dst, value...)
		}
	}
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, time.RFC3339Nano)
	return append(dst, '"')
}

// AppendTime appends one timestamp field in the form of AppendStamp; nothing and false where Stamp would not take it.
func (e *Event) AppendTime(dst []byte, f Field) ([]byte, bool) {
	t, ok := e.stampOf(f)
	if !ok {
		return dst, false
	}
	return e.AppendStamp(dst, t, f), true
}

// usualTime tells whether a time, in quotes, is in UTC and has a point and at most nine digits behind its seconds. It may
// rely on that the time is one: RFC 3339 and package time allow a comma, an offset, more digits and escapes besides.
func usualTime(value []byte) bool {
	const seconds = len(`"2006-01-02T15:04:05`)
	n := len(value)
	return n > seconds && n <= seconds+len(`.999999999Z"`) && value[n-2] == 'Z' && (value[seconds] == '.' || value[seconds] == 'Z')
}

package enrich

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
)

// appendHow appends how fast and from where the request was made.
func (w *what) appendHow(dst []byte, e *event.Event) []byte {
	dst = w.appendMillis(dst, `,"latency_ms":`, e)
	dst = appendClipped(dst, `,"source_ip":`, e, e.SourceIP, maxName)
	if label := w.networks.of(e, e.SourceIP); label != "" {
		dst = appendString(append(dst, `,"network":`...), label)
	}
	return dst
}

// appendMillis appends the milliseconds from the arrival of the request to this stage, exact to the microsecond, as
// metav1.MicroTime is. Of a session that has ended it is the length.
func (w *what) appendMillis(dst []byte, key string, e *event.Event) []byte {
	latency, ok := w.watch.Elapsed(e, event.RequestReceivedTimestamp, event.StageTimestamp)
	if !ok || latency < 0 {
		return dst
	}
	micros := uint64(latency / time.Microsecond)
	dst = strconv.AppendUint(append(dst, key...), micros/1000, 10)
	rest := micros % 1000
	return append(dst, '.', '0'+byte(rest/100), '0'+byte(rest/10%10), '0'+byte(rest%10))
}

// appendClipped appends a member whose value is a text of the event as it stands there; of a longer one than max bytes the
// beginning and "…". Where there is none, it appends nothing.
func appendClipped(dst []byte, key string, e *event.Event, value event.Text, max int) []byte {
	if value.Len() == 0 {
		return dst
	}
	value, all := e.Clip(value, max)
	dst = e.AppendQuoted(append(dst, key...), value)
	if !all {
		dst = append(dst[:len(dst)-1], "…\""...)
	}
	return dst
}

// appendBytes appends a JSON string of bytes that somebody else wrote. Those that are not UTF-8 become U+FFFD.
func (w *what) appendBytes(dst, text []byte) []byte {
	dst = append(dst, '"')
	if plain(text) {
		return append(append(dst, text...), '"')
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ' || r == 0x7f:
			const hex = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
		text = text[size:]
	}
	return append(dst, '"')
}

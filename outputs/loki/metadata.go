package loki

import (
	"strconv"
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
)

// maxValue is how long a value may be in structured metadata: longer than any Kubernetes name, and so short that all of
// an entry's are far from Loki's max_structured_metadata_size of 64 KB. The line has the whole value.
const maxValue = 1024

// appendMetadata appends an entry's structured metadata: what people filter by, in the order of the names, without
// what the event doesn't have. Bare metadata is the ID alone.
func appendMetadata(dst []byte, e *event.Event, bare bool) []byte {
	if bare {
		return appendID(dst, e.ID)
	}
	dst = appendText(dst, "actor", e, e.Actor.Name)
	dst = appendPair(dst, "actor_kind", e.Actor.Kind.String())
	dst = appendText(dst, "audit_id", e, e.Text(event.AuditID))
	dst = appendText(dst, "client", e, e.Client)
	dst = appendCode(dst, e.Code)
	dst = appendText(dst, "decision", e, e.Decision)
	dst = appendPair(dst, "detected_level", levelOf(e.Code))
	dst = appendID(dst, e.ID)
	dst = appendText(dst, "impersonated_user", e, e.Impersonated.Username)
	dst = appendText(dst, "name", e, e.Object.Name)
	dst = appendText(dst, "namespace", e, e.Object.Namespace)
	dst = appendText(dst, "resource", e, e.Object.Resource)
	dst = appendText(dst, "source_ip", e, e.SourceIP)
	dst = appendText(dst, "stage", e, e.Text(event.Stage))
	dst = appendText(dst, "subresource", e, e.Object.Subresource)
	dst = appendText(dst, "user", e, e.User.Username)
	return appendText(dst, "verb", e, e.Text(event.Verb))
}

// levelOf is the severity by which Grafana colours a line. Without it Loki guesses one from the words in the line, which
// clients write, and a Loki of another version may guess another, which makes a repeat another entry.
func levelOf(code int) string {
	switch {
	case code >= 500:
		return "error"
	case code >= 400:
		return "warn"
	}
	return "info"
}

func appendText(dst []byte, name string, e *event.Event, t event.Text) []byte {
	if t.Len() == 0 {
		return dst
	}
	dst, pair := begin(dst, tagMetadata, 1)
	dst = appendString(dst, tagName, name)
	dst, value := begin(dst, tagValue, 1)
	dst = e.AppendText(dst, t)
	dst = dst[:value+short(dst[value:])]
	return end(end(dst, value, 1), pair, 1)
}

// short is how much of a text fits into maxValue, in whole characters.
func short(text []byte) int {
	n := min(len(text), maxValue)
	for n < len(text) && !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}

func appendPair(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst, pair := begin(dst, tagMetadata, 1)
	dst = appendString(dst, tagName, name)
	dst = appendString(dst, tagValue, value)
	return end(dst, pair, 1)
}

func appendCode(dst []byte, code int) []byte {
	if code == 0 {
		return dst
	}
	dst, pair := begin(dst, tagMetadata, 1)
	dst = appendString(dst, tagName, "code")
	dst, value := begin(dst, tagValue, 1)
	dst = strconv.AppendInt(dst, int64(code), 10)
	return end(end(dst, value, 1), pair, 1)
}

func appendID(dst []byte, id event.ID) []byte {
	dst, pair := begin(dst, tagMetadata, 1)
	dst = appendString(dst, tagName, "id")
	dst, value := begin(dst, tagValue, 1)
	dst, _ = id.AppendText(dst) // never fails
	return end(end(dst, value, 1), pair, 1)
}

package loki

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/post"
)

// outcome is what an answer means for the entries of the request.
type outcome uint8

const (
	failed   outcome = iota // none can be told from another: see fault
	stored                  // all are there
	refusing                // at least one is refused for good; the others are there, or not
	tooLarge                // the request is
)

// answer is what the server said to a push.
type answer struct {
	outcome outcome
	fault   *outputs.Fault // all but stored
	limit   int            // the longest line that the server takes, where it says so
	date    time.Time      // of the server's clock; zero where unknown
}

// refused is the reason for what Loki's own words don't explain.
const refused = "refused"

// The words by which Loki says what is wrong (pkg/validation/validate.go, pkg/chunkenc/interface.go), and our reasons.
var (
	entryPhrases = []phrase{
		{"max entry size", "line_too_long"},
		{"timestamp too old", "too_old"},
		{"too far behind", "too_far_behind"},
		{"entry out of order", "too_far_behind"}, // servers with unordered_writes: false
		{"timestamp too new", "too_far_in_future"},
		{"structured metadata too large", "metadata_too_large"},
		{"too many structured metadata", "metadata_too_large"},
	}
	// These are about the stream or the tenant: every event is refused in the same way.
	streamPhrases = []phrase{
		{"ingestion blocked", "ingestion_blocked"},
		{"label names; limit", "too_many_labels"},
		{"label name too long", "invalid_labels"},
		{"label value too long", "invalid_labels"},
		{"duplicate label name", "invalid_labels"},
		{"parsing labels", "invalid_labels"},
		{"parse labels", "invalid_labels"},
		{"missing required labels", "missing_labels"},
		{"includes structured metadata, but", "metadata_disallowed"},
	}
	limitPhrases = []phrase{
		{"maximum active stream limit", "stream_limit"},
		{"", "rate_limited"},
	}
)

type phrase struct{ words, reason string }

func reasonOf(text []byte, phrases []phrase) string {
	for _, p := range phrases {
		if bytes.Contains(text, []byte(p.words)) {
			return p.reason
		}
	}
	return ""
}

// answerOf tells what an answer means. Of its text only the presence of known words counts.
func answerOf(from post.Answer) answer {
	a := answer{date: from.Date, fault: &outputs.Fault{Detail: "status " + strconv.Itoa(from.Status), RetryAfter: from.RetryAfter}}
	a.outcome = a.classify(from.Status, bytes.ToLower(from.Text))
	return a
}

func (a *answer) classify(status int, text []byte) outcome {
	f := a.fault
	switch {
	case len(text) == 0 && (status == http.StatusOK || status == http.StatusNoContent): // a page that comes with 200 is a proxy's
		return stored
	case status == http.StatusTooManyRequests:
		f.Reason = reasonOf(text, limitPhrases)
	case status == http.StatusRequestEntityTooLarge:
		f.Reason = "request_too_large"
		return tooLarge
	case status == http.StatusRequestTimeout, status >= 500:
		f.Reason = "server_error"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		f.Reason, f.Blocked = "unauthorized", true
	case status == http.StatusNotFound:
		f.Reason, f.Blocked = "not_found", true
	case reasonOf(text, streamPhrases) != "":
		f.Reason, f.Blocked = reasonOf(text, streamPhrases), true
	case status == http.StatusBadRequest:
		return a.refuse(text)
	default: // also 260, by which Loki says that it drops what it gets (block_ingestion_status_code)
		f.Reason, f.Blocked = "unexpected_answer", true
	}
	return failed
}

func (a *answer) refuse(text []byte) outcome {
	a.fault.Permanent = true
	a.fault.Reason = reasonOf(text, entryPhrases)
	if a.fault.Reason == "" {
		a.fault.Reason = refused
	}
	a.limit = quotedNumber(text, "max entry size '")
	return refusing
}

// quotedNumber is the number that follows the words; 0 where there is none.
func quotedNumber(text []byte, words string) int {
	_, rest, _ := bytes.Cut(text, []byte(words))
	digits, _, _ := bytes.Cut(rest, []byte("'"))
	n, err := strconv.Atoi(string(digits))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

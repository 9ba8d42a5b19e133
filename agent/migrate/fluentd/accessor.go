package fluentd

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/auditship/auditship/agent/migrate"
)

var accessorPart = regexp.MustCompile(`^(?:\.([^.\[\]]+)|\['([^']*)'\]|\["([^"]*)"\])`)

// path is the way to a field: that of a record accessor ($.user.username, $['a']['b']), else one key at the top of the record, dots and all
// (https://docs.fluentd.org/plugin-helper-overview/api-plugin-helper-record_accessor).
func path(key string) []string {
	rest, ok := strings.CutPrefix(key, "$")
	if !ok || rest == "" || rest[0] != '.' && rest[0] != '[' {
		return []string{key}
	}
	var parts []string
	for rest != "" {
		match := accessorPart.FindStringSubmatch(rest)
		if match == nil {
			return []string{key, ""} // such as an index: there is no word for it
		}
		parts = append(parts, match[1]+match[2]+match[3])
		rest = rest[len(match[0]):]
	}
	return parts
}

// known are the fields at the top of an event that are not among migrate.Words, or not as a whole; what is neither is in no record, and its text is always "".
var known = map[string]bool{
	"auditID": true, "user": true, "impersonatedUser": true, "authenticationMetadata": true, "sourceIPs": true, "userAgent": true, "objectRef": true,
	"responseStatus": true, "requestObject": true, "responseObject": true, "requestReceivedTimestamp": true, "stageTimestamp": true, "annotations": true,
}

// nothing is the word for a field that no record has.
const nothing = `""`

// field is a field in the words of conditions; not ok where there is none that is the same.
func field(parts []string) (word string, ok bool) {
	if word, ok := migrate.Words[strings.Join(parts, ".")]; ok && len(parts) == 1+strings.Count(strings.Join(parts, "."), ".") {
		return word, true
	}
	if parts[0] == "annotations" && len(parts) == 2 {
		name := strconv.Quote(parts[1])
		return "(" + name + " in annotations ? annotations[" + name + `] : "")`, true
	}
	if len(parts) == 1 && !known[parts[0]] {
		return nothing, true
	}
	return "", false
}

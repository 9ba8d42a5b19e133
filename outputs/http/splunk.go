package http

import (
	"encoding/json"
	nethttp "net/http"
	"slices"
	"strconv"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/post"
)

// What Splunk files events under where the configuration says nothing else. The sourcetype is that of Splunk's own collectors for
// Kubernetes (https://docs.splunk.com/observability/en/gdi/opentelemetry/collector-kubernetes/kubernetes-config-logs.html).
const (
	ownSource     = "auditship"
	ownSourcetype = "kube:apiserver-audit"
)

// filing is what every event is filed under: members of an object, with a comma behind each.
func filing(cfg Config, node string) (members []byte) {
	add := func(name, value, fallback string) {
		if value == "" {
			value = fallback
		}
		if value != "" {
			members = append(members, '"')
			members = append(members, name+`":"`...)
			members = append(event.AppendContent(members, []byte(value)), `",`...)
		}
	}
	add("host", node, "")
	add("source", cfg.Source, ownSource)
	add("sourcetype", cfg.Sourcetype, ownSourcetype)
	add("index", cfg.Index, "")
	return members
}

// appendEnvelope begins what Splunk's collector takes an event in
// (https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector). What has no time gets that of its arrival.
func appendEnvelope(dst []byte, e *event.Event, filed []byte) []byte {
	dst = append(dst, '{')
	if at, from := e.Stamp(); from != event.NumFields {
		dst = append(dst, `"time":`...)
		dst = strconv.AppendFloat(dst, float64(at.UnixMicro())/1e6, 'f', 6, 64)
		dst = append(dst, ',')
	}
	return append(append(dst, filed...), `"event":`...)
}

// Codes of the collector's answers (https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector).
const (
	splunkSuccess    = 0
	splunkWrongIndex = 7
	splunkNoChannel  = 10
)

// splunkEventCodes are of a 400 that is about an event: its format, or its event or fields. All others are about the request, and so
// would make dead letters of all events.
var splunkEventCodes = []int{6, 12, 13, 15}

var splunkHints = map[int]string{
	splunkWrongIndex: ": the token may not write to this index",
	splunkNoChannel:  ": turn indexer acknowledgement of the token off",
}

// splunkFault is what an answer of the collector means. 2xx alone is no acknowledgement: that of a proxy, or of a page to log in, would be
// one as well.
func splunkFault(a post.Answer) *outputs.Fault {
	code := readAnswer(a.Text).Code
	fault := faultOf(a)
	switch {
	case fault == nil && code != splunkSuccess:
		return &outputs.Fault{Reason: unexpected, Detail: "status " + strconv.Itoa(a.Status) + ", and no success of an HTTP Event Collector", Blocked: true}
	case a.Status == nethttp.StatusBadRequest && code >= 0 && !slices.Contains(splunkEventCodes, code):
		fault.Permanent, fault.Blocked = false, true
		fault.Detail += ", code " + strconv.Itoa(code) + splunkHints[code]
	}
	return fault
}

// splunkAnswer is {"text":…,"code":N,"invalid-event-number":N}. The collector keeps the events of a request that come before the one
// that it names so, also where it says that it is busy (503).
type splunkAnswer struct {
	Code    int
	Invalid int `json:"invalid-event-number"`
}

// readAnswer reads an answer; with code -1: it is not the collector's.
func readAnswer(text []byte) splunkAnswer {
	answer := splunkAnswer{Code: -1}
	if json.Unmarshal(text, &answer) != nil {
		return splunkAnswer{Code: -1}
	}
	return answer
}

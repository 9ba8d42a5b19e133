package node_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/e2e/verify"
)

// The policies of Elasticsearch's output. What they leave out, the oracle decides by itself, from the lines.
const (
	dropLeases = `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - {level: None, resources: [{group: coordination.k8s.io, resources: [leases]}]}
  - {level: RequestResponse}
`
	dropLeasesAndUnwanted = `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - {level: None, resources: [{group: coordination.k8s.io, resources: [leases]}]}
  - {level: None, namespaces: [default], resources: [{group: "", resources: [configmaps], resourceNames: [unwanted]}]}
  - {level: RequestResponse}
`
)

// line is what the oracle needs to know of an audit event.
type line struct {
	Verb           string
	RequestURI     string
	ObjectRef      struct{ APIGroup, Resource, Name, Subresource string }
	ResponseStatus struct{ Code int }
}

// fate is what has to become of a line on its way to Elasticsearch.
type fate int

const (
	deliver  fate = iota
	leaveOut      // the policy drops it
	setAside      // it is no event: a dead letter
)

func fateOf(t *testing.T, raw []byte) fate {
	t.Helper()
	var l line
	if json.Unmarshal(raw, &l) != nil {
		return setAside
	}
	if code := l.ResponseStatus.Code; code == 401 || code == 403 {
		return deliver // protected
	}
	if l.ObjectRef.APIGroup == "coordination.k8s.io" && l.ObjectRef.Resource == "leases" {
		return leaveOut
	}
	// Asked for only after the policy that drops it was in force.
	if l.ObjectRef.Resource == "configmaps" && l.ObjectRef.Name == "unwanted" {
		return leaveOut
	}
	return deliver
}

// judgement is what became of the log, as counted from what the servers hold.
type judgement struct{ lines, delivered, leftOut, setAside int }

// judge reads the node's whole log and holds it against both outputs: Kafka has every event once, Elasticsearch every event
// once that its policy keeps, and no other.
func (l *lab) judge(t *testing.T) judgement {
	t.Helper()
	written, err := verify.ReadLog(filepath.Join(l.Root, "var/log/kubernetes/audit"))
	must(t, err)
	if written.Repeats > 0 {
		t.Fatalf("the log itself has %d repeated lines", written.Repeats)
	}
	var all, kept verify.Log
	j := judgement{lines: written.Len()}
	sessions := 0
	for _, raw := range written.Lines() {
		switch fateOf(t, raw) {
		case setAside:
			j.setAside++
			continue
		case leaveOut:
			j.leftOut++
		case deliver:
			j.delivered++
			kept.Add(raw)
		}
		all.Add(raw)
		if strings.Contains(string(raw), `"subresource":"exec"`) {
			sessions++
		}
	}
	t.Logf("%d lines, %.1f MB: %d for Elasticsearch, %d left out by its policy, %d no events; %d of sessions", j.lines, float64(written.Bytes)/1e6,
		j.delivered, j.leftOut, j.setAside, sessions)
	if sessions == 0 {
		t.Error("no session is in the log: the test proves little")
	}
	exact(t, &kept, "elasticsearch", l.indexed(t, index+"-*"))
	exact(t, &all, "kafka", l.published(t.Context()))
	return j
}

func exact(t *testing.T, log *verify.Log, name string, have verify.Deliveries) {
	t.Helper()
	result, err := log.Compare(name, have)
	must(t, err)
	t.Log(result)
	if !result.Exact() || result.Trimmed > 0 {
		t.Errorf("%s does not hold exactly what it should", name)
	}
}

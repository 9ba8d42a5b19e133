package enrich

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/eventtest"
)

// TestProxied shows what is said of requests that kube-apiserver v1.36.3 passed on, to a kubelet, a pod, a service and an aggregated API
// that heeds no dryRun, however their paths were written; and of dry runs. A kubelet got the path that the phrase has, or nothing
// where the code is 404 or 405 and the phrase has none.
func TestProxied(t *testing.T) {
	const golden = "testdata/proxied.golden"
	var w what
	var out bytes.Buffer
	for e := range eventtest.Events(t, "testdata/proxied.jsonl") {
		fmt.Fprintf(&out, "%s %s (%d)\n%s\n\n", e.String(e.Text(event.Verb)), e.String(e.Text(event.RequestURI)), e.Code, bytes.TrimPrefix(w.append(nil, e), []byte(",")))
	}
	eventtest.Golden(t, golden, out.Bytes())
}

package enrich

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

var updateProxied = flag.Bool("update-proxied", false, "write testdata/proxied.golden")

// TestProxied shows what is said of requests that kube-apiserver v1.36.3 passed on, to a kubelet, a pod, a service and an aggregated API
// that heeds no dryRun, however their paths were written; and of dry runs. A kubelet got the path that the phrase has, or nothing
// where the code is 404 or 405 and the phrase has none.
func TestProxied(t *testing.T) {
	const golden = "testdata/proxied.golden"
	data, err := os.ReadFile("testdata/proxied.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var w what
	var out bytes.Buffer
	for line := range bytes.Lines(data) {
		e := decode(t, string(bytes.TrimRight(line, "\n")))
		fmt.Fprintf(&out, "%s %s (%d)\n%s\n\n", e.String(e.Text(event.Verb)), e.String(e.Text(event.RequestURI)), e.Code, bytes.TrimPrefix(w.append(nil, e), []byte(",")))
	}
	if *updateProxied {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("differs from %s (write it with -update-proxied):\n%s", golden, out.Bytes())
	}
}

package volume

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/policy"
)

func count(t *testing.T, text string, lines ...string) *Counter {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte("apiVersion: audit.k8s.io/v1\nkind: Policy\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := policy.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	c := New(p)
	for _, line := range lines {
		var d event.Decoder
		var e event.Event
		if err := d.Decode([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		c.Add(&e)
	}
	return c
}

const (
	start    = `{"level":"RequestResponse","auditID":"a","stage":"ResponseComplete","requestURI":"/apis/apps/v1/namespaces/a/deployments/b","verb":"update","user":{"username":"jane"},"objectRef":{"resource":"deployments","namespace":"a","name":"b","apiGroup":"apps"}`
	request  = `,"requestObject":{"metadata":{"name":"b","managedFields":[{"manager":"kubectl"}]},"x":1}`
	response = `,"responseObject":{"items":[{"metadata":{"managedFields":[],"name":"c"}}],"y":"managedFields"}`
	end      = `,"annotations":{}}`
	whole    = start + request + response + end
)

// TestWritten: what is left out is as long as what kube-apiserver would not have written.
func TestWritten(t *testing.T) {
	for text, want := range map[string]string{
		"rules: [{level: RequestResponse}]":                          whole,
		"rules: [{level: Request}]":                                  start + request + end,
		"rules: [{level: Metadata}]":                                 start + end,
		"omitManagedFields: true\nrules: [{level: RequestResponse}]": strings.NewReplacer(`,"managedFields":[{"manager":"kubectl"}]`, "", `"managedFields":[],`, "").Replace(whole),
		"rules: [{level: Request, omitManagedFields: true}]":         start + strings.Replace(request, `,"managedFields":[{"manager":"kubectl"}]`, "", 1) + end,
	} {
		c := count(t, text, whole)
		if c.Read.Bytes != uint64(len(whole)+1) || c.Written.Events != 1 || c.Written.Bytes != uint64(len(want)+1) || c.Short != 0 {
			t.Errorf("%s: %+v, want %d bytes", text, c, len(want)+1)
		}
	}
	for _, text := range []string{"rules: [{level: None}]", "rules: [{level: Request, users: [bob]}]", "omitStages: [ResponseComplete]\nrules: [{level: Request}]"} {
		if c := count(t, text, whole); c.Written.Events != 0 || c.Levels["None"] != 1 || c.Read.Events != 1 {
			t.Errorf("%s: %+v", text, c)
		}
	}
}

// TestShort: what the recorded policy left out cannot be had back, and that is told.
func TestShort(t *testing.T) {
	line := strings.Replace(start, "RequestResponse", "Metadata", 1) + end
	if c := count(t, "rules: [{level: Request}]", line); c.Short != 1 || c.Written.Bytes != uint64(len(line)+1) {
		t.Errorf("%+v", c)
	}
	if got := managedFields([]byte(`[{"op":"add","value":{"managedFields":1}}]`)); got != 0 {
		t.Errorf("%d bytes of a JSON Patch", got)
	}
}

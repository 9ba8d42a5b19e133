package cli

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

const simulatedConfig = `cluster: prod
node: cp-1
policy: [{name: no nodes, level: None, resources: [{resources: [nodes]}]}]
inputs: [{name: apiserver, file: {path: /var/log/kubernetes/audit/audit.log}}]
outputs: [{name: archive, file: {path: /var/log/auditship/events.jsonl}}]
`

const anEvent = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","stage":"ResponseComplete","requestURI":"/api/v1/nodes","verb":"list",` +
	`"user":{"username":"bob"},"objectRef":{"resource":"nodes"},"responseStatus":{"code":200},"stageTimestamp":"2026-11-22T11:50:28.753123Z"}`

// with gives a command line a standard input.
func with(t *testing.T, stdin string) {
	t.Helper()
	if err := os.WriteFile("stdin", []byte(stdin), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("stdin")
	if err != nil {
		t.Fatal(err)
	}
	real := os.Stdin
	os.Stdin = f
	t.Cleanup(func() { os.Stdin = real; f.Close() })
}

func TestSimulate(t *testing.T) {
	inDir(t, "a.yaml", simulatedConfig)
	with(t, "klog\n"+anEvent+"\n")
	code, stdout, stderr := run("simulate", "-c", "a.yaml", "-")
	for _, want := range []string{"1 event, ", "1 lines are no audit events", "no nodes", "11:50:28.753 human bob: list nodes (200)"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if code != 0 || stderr != "" {
		t.Errorf("got %d, %q and\n%s", code, stderr, stdout)
	}
}

func TestSimulateJSON(t *testing.T) {
	inDir(t, "a.yaml", simulatedConfig)
	if err := os.WriteFile("today.yaml", []byte(strings.Replace(simulatedConfig, "nodes]", "pods]", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	with(t, strings.Replace(anEvent, "bob", "b\u009bob", 1))
	code, stdout, stderr := run("simulate", "-c", "a.yaml", "--against", "today.yaml", "--output", "archive", "--json", "-")
	var got struct {
		Outputs []struct {
			Filtered struct{ Events int }
			Changes  []struct {
				Kind, Was, Is string
				Examples      []struct{ Actor string }
			}
		}
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != 0 || strings.Contains(stdout, "\u009b") {
		t.Fatalf("got %d, %v, %q and %s", code, err, stderr, stdout)
	}
	o := got.Outputs[0]
	if o.Filtered.Events != 1 || len(o.Changes) != 1 || o.Changes[0].Kind != "dropped" || o.Changes[0].Examples[0].Actor != "b\u009bob" {
		t.Errorf("got %+v", o)
	}
}

func TestExplain(t *testing.T) {
	inDir(t, "a.yaml", simulatedConfig)
	with(t, anEvent+"\n")
	code, stdout, stderr := run("explain", "-c", "a.yaml")
	for _, want := range []string{"human bob: list nodes (200)", "output archive: dropped by no nodes", `resources: [nodes] has "nodes" of the core group`, "protects nothing"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if code != 0 || stderr != "" {
		t.Errorf("got %d, %q and\n%s", code, stderr, stdout)
	}
}

// What is no event is told, and events beside it are explained all the same.
func TestExplainTellsWhatIsNoEvent(t *testing.T) {
	inDir(t, "a.yaml", simulatedConfig)
	with(t, anEvent+"\n{\"a\":1}\n")
	code, stdout, stderr := run("explain", "-c", "a.yaml", "--all")
	if code != 1 || !strings.Contains(stdout, "list nodes") || !strings.Contains(stderr, "something behind event 1 is left out: not an audit event") {
		t.Errorf("got %d, %q and\n%s", code, stderr, stdout)
	}
}

func TestSimulateAndExplainFail(t *testing.T) {
	inDir(t, "a.yaml", simulatedConfig)
	with(t, "klog\n")
	for args, want := range map[string]struct {
		code   int
		stderr string
	}{
		"simulate -c a.yaml":                       {2, "requires at least 1 arg"},
		"simulate -c a.yaml none.log":              {1, "stat none.log: no such file"},
		"simulate -c none.yaml -":                  {2, "none.yaml"},
		"simulate -c a.yaml --against none.yaml -": {2, "none.yaml"},
		"simulate -c a.yaml --output none -":       {2, `a.yaml has no output "none"`},
		"simulate -c a.yaml --top -1 -":            {2, `invalid argument "-1" for "--top"`},
		"simulate -c a.yaml --examples -1 -":       {2, `invalid argument "-1" for "--examples"`},
		"simulate -c a.yaml -":                     {1, "there is no audit event in these logs"},
		"simulate -c a.yaml .":                     {1, "holds no log"},
		"explain -c a.yaml":                        {1, "there is no audit event in the input"},
		"explain -c a.yaml --output none":          {2, `a.yaml has no output "none"`},
		"explain -c none.yaml":                     {2, "none.yaml"},
		"explain -c a.yaml x":                      {2, "unknown command"},
	} {
		code, _, stderr := run(strings.Fields(args)...)
		if code != want.code || !strings.Contains(stderr, want.stderr) {
			t.Errorf("%s: got %d, %q; want %d, %q", args, code, stderr, want.code, want.stderr)
		}
	}
}

// TestDamagedLog: a file that is damaged costs what is behind the damage, and is told; other files are read.
func TestDamagedLog(t *testing.T) {
	inDir(t, "a.yaml", simulatedConfig)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(anEvent + "\n")); errors.Join(err, w.Close()) != nil {
		t.Fatal(err)
	}
	whole, damaged := os.WriteFile("audit.log", []byte(anEvent+"\n"), 0o600), os.WriteFile("audit.log.1.gz", packed.Bytes()[:packed.Len()-12], 0o600)
	if err := errors.Join(whole, damaged); err != nil {
		t.Fatal(err)
	}
	policy := []byte("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n")
	if err := os.WriteFile("p.yaml", policy, 0o600); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{"simulate -c a.yaml audit.log.1.gz audit.log": "bob: list nodes", "who audit.log.1.gz audit.log": "bob", "sessions audit.log.1.gz audit.log": "",
		"policy volume p.yaml --log audit.log.1.gz --log audit.log": "p.yaml"} {
		code, stdout, stderr := run(strings.Fields(command)...)
		if code != 1 || !strings.Contains(stdout, want) || stderr != "auditship: read audit.log.1.gz: unexpected EOF\n" {
			t.Errorf("%s: got %d, %q and\n%s", command, code, stderr, stdout)
		}
	}
}

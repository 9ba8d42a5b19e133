package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

const minimal = `cluster: prod
node: master-1
inputs:
  - name: apiserver
    file: {path: /var/log/kubernetes/audit/audit.log}
outputs:
  - name: archive
    file: {path: /var/log/auditship/events.jsonl}
`

// faultsOf parses and returns the lines of the error, none if there is none.
func faultsOf(t *testing.T, text string) []string {
	t.Helper()
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	_, err := Parse("a.yaml", []byte(text))
	if err == nil {
		return nil
	}
	var wrong *Error
	if !errors.As(err, &wrong) {
		t.Fatalf("got %T, want an *Error", err)
	}
	return wrong.Lines()
}

func TestLoadSaysWhyAFileCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none.yaml"): ": open: no such file or directory; check the path",
		dir:                             ": read: is a directory",
		fifo:                            ":1: the file is empty; it needs at least cluster, inputs and outputs", // nobody writes to it, and nobody waits
	} {
		_, err := Load(path)
		if wrong := (*Error)(nil); !errors.As(err, &wrong) || err.Error() != path+want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestNodeIsTheHostByDefault(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	for _, node := range []string{"", "node: \"\"\n", "node: ${NODE_NAME_NOT_SET:-}\n"} {
		c, err := Parse("a.yaml", []byte(node+strings.Replace(minimal, "node: master-1\n", "", 1)))
		if err != nil {
			t.Fatal(err)
		}
		if host, _ := os.Hostname(); c.Node != host {
			t.Errorf("got %q, want %q", c.Node, host)
		}
	}
}

func TestHostWithoutName(t *testing.T) {
	d := newDocument("a.yaml")
	d.hostname = func() (string, error) { return "", errors.New("none") }
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	_, err := d.load([]byte(strings.Replace(minimal, "node: master-1\n", "", 1)))
	if err == nil || !strings.HasPrefix(err.Error(), "a.yaml:1: node: is not given") {
		t.Fatalf("got %v", err)
	}
}

// TestBounds: what hostile files could make of us.
func TestBounds(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"long":      {strings.Repeat("#", maxBytes+1), "a.yaml: the file is longer than 1MiB; a configuration is not"},
		"aliases":   {"a: &a [x]\nb: &b [*a, *a]\ncluster: *b\n", "a.yaml:3: cluster: is a YAML alias"},
		"deep flow": {strings.Repeat("[", 100_000), "a.yaml:1: is not valid YAML: exceeded max depth of 10000"},
		"deep":      {"cluster: " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000), "a.yaml:1: cluster: is a list"},
		"many":      {strings.Repeat("- x\n", 20_000), "a.yaml:1: is a list"},
		"outputs":   {minimal + strings.Repeat("  - {name: a, file: {path: /a}}\n", 2_000), "a.yaml:6: outputs: has 2001 entries, and can have 64"},
		"colon":     {strings.Repeat("? ", 20_000), "a.yaml:1: is not valid YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			got := faultsOf(t, test.text)
			if len(got) == 0 || !strings.Contains(strings.Join(got, "\n"), test.want) {
				t.Fatalf("got %.500q, want %s", got, test.want)
			}
		})
	}
}

func TestVariablesAreBounded(t *testing.T) {
	t.Setenv("LONG", strings.Repeat("x", 60_000))
	got := faultsOf(t, minimal+"    was: "+strings.Repeat("${LONG}", 100)+"\n")
	if want := "a.yaml:9: outputs[0].was: makes the variables of this file expand to more than it may hold (1MiB)"; len(got) != 1 || got[0] != want {
		t.Fatalf("got %.300q", got)
	}
}

func TestFaultsAreBounded(t *testing.T) {
	var text strings.Builder
	text.WriteString(minimal)
	for i := range 5_000 {
		fmt.Fprintf(&text, "unknown%d: 1\n", i)
	}
	got := faultsOf(t, text.String())
	if len(got) != maxFaults+1 || got[maxFaults] != "a.yaml: and 4800 more" {
		t.Fatalf("got %d, the last %q", len(got), got[len(got)-1])
	}
}

func TestLongValuesAreShortened(t *testing.T) {
	got := faultsOf(t, minimal+"    was: "+strings.Repeat("é", 10_000)+"\n")
	if len(got) != 1 || len(got[0]) > 700 || !strings.HasPrefix(got[0], "a.yaml:9: outputs[0].was: \"éé") || !strings.HasSuffix(got[0], "write the former name of this output") {
		t.Fatalf("got %.1000q", got)
	}
}

// TestEveryFieldCanBeRead finds a field of a type that the decoder does not know, which would be a panic.
func TestEveryFieldCanBeRead(t *testing.T) {
	var visit func(path string, v reflect.Value)
	visit = func(path string, v reflect.Value) {
		switch {
		case readerOf(v) != nil:
		case v.Kind() == reflect.Struct:
			for key, index := range fieldsOf(v.Type()) {
				visit(join(path, key), v.FieldByIndex(index))
			}
		case v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice:
			visit(path, reflect.New(v.Type().Elem()).Elem())
		case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String:
			visit(path, reflect.New(v.Type().Elem()).Elem())
		default:
			t.Errorf("%s is a %v, which can't be read", path, v.Type())
		}
	}
	visit("", reflect.ValueOf(&Config{}).Elem())
}

func TestPolicyFileIsBesideTheConfiguration(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	dir := t.TempDir()
	policy := "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n"
	if err := os.WriteFile(filepath.Join(dir, "policy.yaml"), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Parse(filepath.Join(dir, "a.yaml"), []byte("policy_file: policy.yaml\n"+minimal))
	if err != nil {
		t.Fatal(err)
	}
	if c.PolicyFile != filepath.Join(dir, "policy.yaml") || c.Outputs[0].Rules == nil {
		t.Fatalf("got %q and rules %v", c.PolicyFile, c.Outputs[0].Rules)
	}
}

func TestWarnings(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	c, err := Parse("a.yaml", []byte(minimal+`  - name: search
    elasticsearch:
      urls: [https://es:9200]
      index: audit
      tls: {insecure_skip_verify: true}
`))
	if err != nil {
		t.Fatal(err)
	}
	if want := "a.yaml:13: outputs[1].elasticsearch.tls.insecure_skip_verify: the server is not verified"; len(c.Warnings) != 1 || !strings.HasPrefix(c.Warnings[0], want) {
		t.Fatalf("got %q", c.Warnings)
	}
}

// Batches to files are larger, unless somebody has said how large or has no memory for it, and wait longer; those to Kafka wait less than all.
func TestBatches(t *testing.T) {
	toKafka := strings.Replace(minimal, "file: {path: /var/log/auditship/events.jsonl}", "kafka: {brokers: [\"kafka-1:9092\"], topic: audit}", 1)
	for document, want := range map[string]Batch{
		minimal:                                      {4 << 20, 4000, 500 * time.Millisecond},
		minimal + "memory: {max_bytes: 17MiB}\n":     {1 << 20, 1000, 500 * time.Millisecond},
		minimal + "    rate_limit: 3MiB\n":           {1 << 20, 1000, 500 * time.Millisecond},
		minimal + "    batch: {linger: 1s}\n":        {4 << 20, 4000, time.Second},
		minimal + "    batch: {max_events: 500}\n":   {1 << 20, 500, 500 * time.Millisecond},
		minimal + "    batch: {max_bytes: 512KiB}\n": {512 << 10, 1000, 500 * time.Millisecond},
		toKafka:                                  {1 << 20, 1000, 20 * time.Millisecond},
		toKafka + "    batch: {linger: 200ms}\n": {1 << 20, 1000, 200 * time.Millisecond},
	} {
		c, err := Parse("a.yaml", []byte(document))
		if err != nil {
			t.Fatalf("%v in %s", err, document)
		}
		if got := c.Outputs[0].Batch; got != want {
			t.Errorf("%v, want %v of %s", got, want, document)
		}
	}
}

// TestLoadOutputs: who installs a template has no log, and may do so in a pod; all else is checked as ever.
func TestLoadOutputs(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
	file := filepath.Join(t.TempDir(), "setup.yaml")
	for text, want := range map[string]string{
		"outputs: [{name: a, elasticsearch: {urls: [http://e], index: a}}]\n":                      "",
		"outputs: [{name: a, elasticsearch: {urls: [e], index: a}}]\n":                             "outputs[0].elasticsearch.urls[0]",
		"outputs: [{name: a, elasticsearch: {urls: [http://e], index: a, template: yes}}]\n":       "outputs[0].elasticsearch.template",
		"inputs: [{name: a}]\noutputs: [{name: a, elasticsearch: {urls: [http://e], index: a}}]\n": "inputs[0]: does not say what it is",
		"outputs: []\n": "outputs: there is none",
		"output: []\n":  `did you mean "outputs"`,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadOutputs(file)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
		if _, err := Load(file); err == nil {
			t.Errorf("%s: an agent runs with it", text)
		}
	}
}

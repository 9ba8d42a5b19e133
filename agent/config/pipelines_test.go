package config

import (
	"reflect"
	"strings"
	"testing"

	"github.com/auditship/auditship/inputs"
)

const four = `cluster: prod
node: master-1
inputs:
  - name: one
    file: {path: /var/log/one/audit.log}
  - name: two
    cluster: stage
    file: {path: /var/log/two/audit.log, start: end}
outputs:
  - name: archive
    file: {path: /archive/a}
  - name: stdout
    file: {path: "-"}
    start: end
`

func TestPipelines(t *testing.T) {
	c, err := Parse("a.yaml", []byte(four))
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name, cluster string
		start         inputs.Start
	}{
		{"one/archive", "prod", inputs.Beginning}, {"one/stdout", "prod", inputs.End},
		{"two/archive", "stage", inputs.End}, {"two/stdout", "stage", inputs.End},
	}
	got := c.Pipelines()
	if len(got) != len(want) {
		t.Fatalf("got %d pipelines", len(got))
	}
	for i, p := range got {
		if p.Name != want[i].name || p.Cluster != want[i].cluster || p.Start != want[i].start || p.Input.Kind() != "file" || p.Output.Kind() != "file" {
			t.Errorf("got %+v, want %+v", p, want[i])
		}
	}
	if p := got[3]; p.Input != &c.Inputs[1] || p.Output != &c.Outputs[1] {
		t.Error("a pipeline holds copies")
	}
	if got, want := c.MinMemory(), 4*3<<20; int(got) != want {
		t.Errorf("MinMemory is %v, want %d", got, want)
	}
}

// TestKinds holds Kind to the blocks of the structs, of which it must know every one.
func TestKinds(t *testing.T) {
	if (&Input{}).Kind() != "" || (&Output{}).Kind() != "" {
		t.Error("nothing has a kind")
	}
	blocks := map[string]string{
		"elasticsearch": "{urls: [https://es:9200], index: audit}", "loki": "{url: https://loki:3100}",
		"kafka": "{brokers: [k1:9092], topic: audit}", "http": "{url: https://h/x}", "forward": "{addresses: [f:24224]}", "file": "{path: /archive/b}",
	}
	for kind, block := range blocks {
		c, err := Parse("a.yaml", []byte(minimal+"  - name: b\n    "+kind+": "+block+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Outputs[1].Kind(); got != kind {
			t.Errorf("got %q, want %q", got, kind)
		}
	}
	for block, want := range map[string]string{
		"file: {path: /b/audit.log}": "file /b/audit.log", "container_log: {path: /c}": "container_log /c", "stdin: {}": "stdin -", "kafka: {brokers: [k1:9092], topics: [a, b]}": "kafka a,b", "stdin: {path: /p}": "stdin /p",
		"container_log: {}": "container_log /var/log/pods/kube-system_kube-apiserver-*/kube-apiserver/*.log",
		"webhook: {listen: ':9443', tls: {cert_file: /c, key_file: /k, client_ca_file: /ca}}": "webhook :9443",
	} {
		c, err := Parse("a.yaml", []byte("inputs:\n  - name: in\n    "+block+"\noutputs:\n  - name: out\n    file: {path: /archive/b}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Inputs[0].Kind() + " " + c.Inputs[0].Place(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := strings.Join(kinds(reflect.TypeFor[Output]()), " "); got != "elasticsearch loki kafka http forward file" {
		t.Errorf("an output can be %s: teach Kind and this test", got)
	}
	if got := strings.Join(kinds(reflect.TypeFor[Input]()), " "); got != "file webhook container_log stdin kafka" {
		t.Errorf("an input can be %s: teach Kind, start and this test", got)
	}
}

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
		"kafka": "{brokers: [k1:9092], topic: audit}", "file": "{path: /archive/b}",
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
	if got := strings.Join(kinds(reflect.TypeFor[Output]()), " "); got != "elasticsearch loki kafka file" {
		t.Errorf("an output can be %s: teach Kind and this test", got)
	}
	if got := strings.Join(kinds(reflect.TypeFor[Input]()), " "); got != "file" {
		t.Errorf("an input can be %s: teach Kind, start and this test", got)
	}
}

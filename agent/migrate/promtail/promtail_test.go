package promtail

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/migrate"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got:\n%s", file, got)
	}
}

var sources = map[string]func(string) (*Result, error){"promtail.yaml.in": File, "agent.yaml.in": File, "config.alloy": Alloy}

// TestGolden holds what becomes of configurations of this use, that it passes auditship validate, and what is said of it.
func TestGolden(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Setenv("LOKI_URL", "https://loki.example.org")
	t.Setenv("LOKI_PASSWORD", "x")
	for file, convert := range sources {
		result, err := convert(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		var report bytes.Buffer
		if err := result.Report.Write(&report); err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(file, ".")
		golden(t, "testdata/"+name+".golden.yaml", result.YAML)
		golden(t, "testdata/"+name+".golden.txt", report.Bytes())
		if _, err := config.Load("testdata/" + name + ".golden.yaml"); err != nil {
			t.Error(err)
		}
	}
}

// TestNothingIsPassedOver: of every key with a line of its own a note tells, or one of what it is in.
func TestNothingIsPassedOver(t *testing.T) {
	for file, convert := range sources {
		path := filepath.Join("testdata", file)
		result, err := convert(path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		inside := 0 // the indentation of what a note tells of as a whole
		for i, line := range strings.Split(string(text), "\n") {
			indent := len(line) - len(strings.TrimLeft(line, " -"))
			word := strings.TrimLeft(line, " -")
			switch {
			case word == "" || strings.ContainsRune("#/}]{*", rune(word[0])):
			case slices.ContainsFunc(result.Report.Notes, func(n migrate.Note) bool { return n.Line == i+1 }):
				inside = indent
			case indent <= inside && !structural(word):
				t.Errorf("%s:%d: nothing is said of %q", file, i+1, line)
			}
		}
	}
}

// structural are lines that only hold others.
func structural(word string) bool {
	for _, prefix := range []string{"clients:", "client:", "scrape_configs:", "static_configs:", "pipeline_stages:", "labels:", "logs:", "configs:", "positions:", "endpoint", "basic_auth", "static", "json:", "stage.json", "targets ", "forward_to ", "path_targets ", "values", "job_name: containers", "labels: {__path__: /var/log/containers"} {
		if strings.HasPrefix(word, prefix) {
			return true
		}
	}
	return false
}

func TestUnknownKeys(t *testing.T) {
	const text = "strange: 1\nclients: [{url: http://loki, strange: 1}]\nscrape_configs:\n- strange: 1\n  static_configs: [{strange: 1, labels: {__path__: /audit.log}}]\n  pipeline_stages: [{strange: 1}, {drop: {strange: 1}}, {timestamp: {strange: 1}}]\npositions: {strange: 1}\n"
	path := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := File(path)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, n := range result.Report.Notes {
		if strings.HasSuffix(n.What, "strange") && n.Kind == migrate.Warning {
			told++
		}
	}
	if told != strings.Count(text, "strange") {
		t.Errorf("%d of %d strange keys are told: %v", told, strings.Count(text, "strange"), result.Report.Notes)
	}
}

// TestLinuxAudit: the log of Linux's auditd has the word, too, and is told.
func TestLinuxAudit(t *testing.T) {
	for log, want := range map[string]bool{"/var/log/audit/audit.log": true, "/var/log/kubernetes/audit/audit.log": false} {
		path := filepath.Join(t.TempDir(), "a.yaml")
		if err := os.WriteFile(path, []byte("clients: [{url: http://loki}]\nscrape_configs: [{static_configs: [{labels: {__path__: "+log+"}}]}]\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		result, err := File(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(result.Report.Notes, func(n migrate.Note) bool { return strings.Contains(n.Text, "auditd") }); got != want {
			t.Errorf("%s: told %v: %v", log, got, result.Report.Notes)
		}
	}
}

func TestFaults(t *testing.T) {
	dir := t.TempDir()
	for text, convert := range map[string]func(string) (*Result, error){
		"": File, "[]": File, "{": File, "a: 1": File, "clients: [{url: http://a}]": File, "x": Alloy, "a {": Alloy, "a = [": Alloy, "a = {b}": Alloy, "a \"x": Alloy, "a = \"\\q\"": Alloy,
		"a = `": Alloy, "a = (1": Alloy, "a = f(1": Alloy, strings.Repeat("a {", 100): Alloy, "a = " + strings.Repeat("[", 100): Alloy, "a = ": Alloy, "logging {}": Alloy,
	} {
		path := filepath.Join(dir, "file")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if result, err := convert(path); err == nil {
			t.Errorf("%q: got %s", text, result.YAML)
		}
	}
	for _, convert := range []func(string) (*Result, error){File, Alloy} {
		for _, bad := range []string{dir, "/dev/zero", dir + "/none"} {
			if _, err := convert(bad); err == nil {
				t.Errorf("%s was read", bad)
			}
		}
	}
}

// FuzzRiver: whatever the bytes are, the parser ends, without a panic, in a line that is there.
func FuzzRiver(f *testing.F) {
	text, err := os.ReadFile("testdata/config.alloy")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	for _, text := range []string{"a = !(-1) + f(x)[1].b", "a \"b\" { /* */ }", "a = {\"b\" = 1, c = [null,],}", "a = /*", "a {\n//", "a.b = 1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		root := &block{attributes: &yaml.Node{Kind: yaml.MappingNode}}
		r := &river{file: "a", text: text, line: 1}
		if err := r.body(root, 0); r.line < 1 || r.line > 1+strings.Count(text, "\n") {
			t.Fatalf("line %d: %v", r.line, err)
		}
	})
}

package fluentd

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// environment is what variables there are in these tests.
func environment(name string) (string, bool) {
	value, set := map[string]string{"FLUENT_ELASTICSEARCH_HOST": "es.example.org", "FLUENT_ELASTICSEARCH_PORT": "9200", "FLUENT_ELASTICSEARCH_SCHEME": "https",
		"FLUENT_ELASTICSEARCH_SSL_VERIFY": "false", "KAFKA_PASSWORD": "x", "LOKI_USERNAME": "u", "LOKI_PASSWORD": "x", "HEC_TOKEN": "x", "FLUENT_FOWARD_HOST": "aggregator"}[name]
	return value, set
}

func options() Options { return Options{Lookup: environment, Host: "cp-1"} }

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

func files(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/*.conf")
	if err != nil || len(all) < 6 {
		t.Fatal(all, err)
	}
	return all
}

// TestGolden holds what becomes of configurations of this use, and what is said of it.
func TestGolden(t *testing.T) {
	for _, file := range files(t) {
		result, err := File(file, options())
		if err != nil {
			t.Fatal(err)
		}
		var report bytes.Buffer
		if err := result.Report.Write(&report); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(file, ".conf")
		golden(t, name+".yaml", result.YAML)
		golden(t, name+".txt", report.Bytes())
	}
}

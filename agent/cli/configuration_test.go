package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestFind: a named file counts, then the default one, then the environment.
func TestFind(t *testing.T) {
	s := newSite(t)
	t.Setenv("NODE_NAME", "cp-1")
	none := filepath.Join(t.TempDir(), "none.yaml")
	if from, cfg, err := find("a.yaml", none); err != nil || from.path != "a.yaml" || cfg.Node != "n" || from.reread() == nil {
		t.Errorf("a named file: %+v, %v", from, err)
	}
	if from, _, err := find("", "a.yaml"); err != nil || from.path != "a.yaml" {
		t.Errorf("the default file: %+v, %v", from, err)
	}
	if _, _, err := find("", none); exitCode(err, true) != exitUsage || !strings.Contains(err.Error(), "give -c FILE") {
		t.Errorf("nothing: %v", err)
	}
	t.Setenv("FLUENT_FOWARD_HOST", "a")
	if _, cfg, err := find("", none); err != nil || cfg.Outputs[0].Forward == nil {
		t.Errorf("the image's own spelling: %+v, %v", cfg, err)
	}
	t.Setenv("FLUENT_FOWARD_HOST", "")
	t.Setenv("FLUENT_ELASTICSEARCH_HOST", "es.example.org")
	t.Setenv("FLUENT_ELASTICSEARCH_USER", "elastic")
	t.Setenv("FLUENT_ELASTICSEARCH_PASSWORD", "secret")
	from, cfg, err := find("", none)
	if err != nil || from.path != "" || from.reread() != nil || len(from.note) == 0 {
		t.Fatalf("the environment: %+v, %v", from, err)
	}
	if es := cfg.Outputs[0].Elasticsearch; es.URLs[0] != "http://es.example.org:9200" || es.Index != "logstash-%Y.%m.%d" || es.Password != "secret" || cfg.Outputs[0].Compat != "fluentd" {
		t.Errorf("the environment: %+v", es)
	}
	if got := s.ok("migrate", "environment"); strings.Contains(got, "secret") || !strings.Contains(got, "es.example.org") {
		t.Errorf("got %s", got)
	}
}

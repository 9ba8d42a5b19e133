package config

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestDocumentedPolicies: the rules that docs/policy.md shows are right.
func TestDocumentedPolicies(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "policy.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(data, -1)
	if len(blocks) < 2 {
		t.Errorf("%d blocks", len(blocks))
	}
	for _, block := range blocks {
		c, err := Parse("policy.md", append(block[1], minimal...))
		if err != nil || len(c.Warnings) > 0 {
			t.Errorf("%v, %+v", err, c)
		}
	}
}

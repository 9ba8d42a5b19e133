package config

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/auditship/auditship/agent/redact"
)

// TestRedactIsOn unless somebody says the word.
func TestRedactIsOn(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	for block, off := range map[string]bool{"": false, "redact: {}\n": false, "redact: off\n": true, "redact: {configmaps: true}\n": false} {
		c, err := Parse("a.yaml", []byte(block+minimal))
		if err != nil || c.Redact.Off != off {
			t.Errorf("%q: got %+v, %v", block, c, err)
		}
	}
}

// TestReferenceShowsNames: the full reference shows what names are looked for by default.
func TestReferenceShowsNames(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	c, err := Load(filepath.Join(examples, "auditship.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Redact.Names, redact.DefaultNames) || c.Redact.Arguments != redact.ArgumentFlags {
		t.Errorf("got %+v", c.Redact)
	}
}

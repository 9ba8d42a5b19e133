package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParse: whatever the file holds, there is a Config or an *Error, of bounded size and with lines of the file.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Setenv("KUBERNETES_SERVICE_HOST", "")
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.Contains(string(data), "policy_file") || strings.Contains(string(data), "identities") {
			t.Skip("would read files")
		}
		c, err := Parse("a.yaml", data)
		if err == nil {
			usable(t, c)
			return
		}
		var wrong *Error
		if !errors.As(err, &wrong) || len(wrong.Faults) == 0 || len(wrong.Faults) > maxFaults {
			t.Fatalf("got %T with %d faults", err, len(wrong.Faults))
		}
		lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + strings.Count(string(data), "\u0085") +
			strings.Count(string(data), "\u2028") + strings.Count(string(data), "\u2029") + 2
		for _, fault := range wrong.Faults {
			if fault.Line < 0 || fault.Line > lines || fault.Problem == "" {
				t.Fatalf("fault %+v of a file with %d lines", fault, lines)
			}
		}
	})
}

// usable is what whoever holds a Config relies on.
func usable(t *testing.T, c *Config) {
	t.Helper()
	if c.Node == "" || len(c.Pipelines()) == 0 {
		t.Fatalf("got %+v", c)
	}
	for _, p := range c.Pipelines() {
		if p.Cluster == "" || p.Start == "" || p.Input.Kind() == "" || p.Output.Kind() == "" || p.Output.Rules == nil || strings.Count(p.Name, "/") != 1 {
			t.Fatalf("got %+v", p)
		}
	}
}

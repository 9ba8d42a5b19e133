package config

import (
	"bufio"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

var update = flag.Bool("update", false, "write the golden files")

// TestBad holds the words of every fault: each *.bad.yaml has them in the .txt beside it.
func TestBad(t *testing.T) {
	for _, file := range corpus(t, "*.bad.yaml") {
		t.Run(file, func(t *testing.T) {
			environment(t, file)
			_, err := Load(file)
			if err == nil {
				t.Fatal("got no fault")
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

// TestGood holds what comes out of files that use what YAML and we allow.
func TestGood(t *testing.T) {
	for _, file := range corpus(t, "*.good.yaml") {
		t.Run(file, func(t *testing.T) {
			environment(t, file)
			c, err := Load(file)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", render(t, c))
		})
	}
}

// render is a Config as YAML, without what is empty.
func render(t *testing.T, c *Config) string {
	t.Helper()
	var tree yaml.Node
	if err := tree.Encode(c); err != nil {
		t.Fatal(err)
	}
	prune(&tree)
	text, err := yaml.Marshal(&tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func prune(n *yaml.Node) {
	for _, below := range n.Content {
		prune(below)
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	var kept []*yaml.Node
	for i := 0; i < len(n.Content); i += 2 {
		value := n.Content[i+1]
		if len(value.Content) > 0 || value.Kind == yaml.ScalarNode && !slices.Contains([]string{"", "0", "null", "false"}, value.Value) {
			kept = append(kept, n.Content[i], value)
		}
	}
	n.Content = kept
}

// corpus goes to testdata, so that faults name files without a directory, and lists it.
func corpus(t *testing.T, pattern string) []string {
	t.Helper()
	t.Chdir("testdata")
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	return files
}

// environment sets the variables that the first lines of a file ask for: # env: NAME=VALUE.
func environment(t *testing.T, file string) {
	t.Helper()
	t.Setenv("KUBERNETES_SERVICE_HOST", "") // the tests may run in a pod
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		setting, found := strings.CutPrefix(lines.Text(), "# env: ")
		if !found {
			return
		}
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// logs makes empty files below a new directory.
func logs(t *testing.T, files ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, file := range files {
		add(t, dir, file)
	}
	return dir
}

func add(t *testing.T, dir, file string) {
	t.Helper()
	path := filepath.Join(dir, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

const starred = `inputs:
  - name: api
    cluster: c-{match}
    file: {path: %s}
  - name: one
    file: {path: /one/audit.log}
outputs:
  - name: out
    file: {path: /archive/a}
`

func parseStarred(path string) (*Config, error) {
	return Parse("a.yaml", []byte(fmt.Sprintf(starred, path)))
}

func told(c *Config) (all []string) {
	for _, in := range c.Inputs {
		all = append(all, in.Name+" "+in.Cluster+" "+in.File.Path)
	}
	return all
}

// TestMatches: an entry stands for one input for each directory that holds the log, or what is left of it during a rotation.
func TestMatches(t *testing.T) {
	dir := logs(t, "kube-b/logs/audit.log", "kube-A.1/logs/audit.log", "kube-c/logs/audit-2026-11-22T10-00-00.000.log", "kube-d/logs/other.log",
		"kube-x y/logs/audit.log", "kube-/logs/audit.log", "other/logs/audit.log", "kube-e")
	t.Setenv("LOGS", dir)
	c, err := parseStarred("'${LOGS}/kube-*/logs/audit.log'")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"api-a-1 c-A.1 " + dir + "/kube-A.1/logs/audit.log", "api-b c-b " + dir + "/kube-b/logs/audit.log", "api-c c-c " + dir + "/kube-c/logs/audit.log",
		"one kubernetes /one/audit.log",
	}
	if got := told(c); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	before := c.Matches()
	add(t, dir, "kube-d/logs/audit.log")
	if after := c.Matches(); after == before || !strings.Contains(after, "kube-d") {
		t.Errorf("before %q, after %q", before, after)
	}
}

// TestNoMatch: what is not there yet is waited for.
func TestNoMatch(t *testing.T) {
	for _, path := range []string{logs(t) + "/*/audit.log", "/is/missing/*/audit.log"} {
		c, err := parseStarred(path)
		if err != nil || len(c.Inputs) != 2 || c.Inputs[0].Name != "api" || c.Matches() != "" {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestMatchesThatAreRefused(t *testing.T) {
	many := []string{}
	for i := range mostInputs + 1 {
		many = append(many, fmt.Sprintf("k%d/audit.log", i))
	}
	for path, want := range map[string]string{
		"/var/log/*.log":                                       "may have one *",
		"/var/*/*/audit.log":                                   "may have one *",
		"var/*/audit.log":                                      "may have one *",
		"'${UNSET}/*/audit.log'":                               "UNSET",
		logs(t, many...) + "/*/audit.log":                      "one entry stands for at most 64",
		logs(t, "a.b/x.log", "a-b/x.log") + "/*/x.log":         `"api-a-b" is the name of inputs[0] too`,
		logs(t, strings.Repeat("n", 50)+"/x.log") + "/*/x.log": "is no name",
	} {
		if _, err := parseStarred(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "a.yaml:") {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

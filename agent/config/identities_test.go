package config

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestIdentitiesAreReadAnew: what is in the file by then counts; a broken one gives no map, and names the line.
func TestIdentitiesAreReadAnew(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	dir := t.TempDir()
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "people.yaml"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("- {user: jane, person: Jane}\n")
	config := "identities: {file: people.yaml, entries: [{user: bob, person: Bob}]}\n"
	c, err := Parse(filepath.Join(dir, "a.yaml"), []byte(config+minimal))
	if err != nil {
		t.Fatal(err)
	}
	knows := func(user string) bool {
		m, err := c.Identities.Map()
		return err == nil && m.Find([]byte(user), nil) != nil
	}
	if !knows("jane") || !knows("bob") || knows("zoe") || c.People.Map().Find([]byte("jane"), nil) == nil {
		t.Error("the first content is not known")
	}
	write("- {user: zoe, person: Zoe}\n")
	if knows("jane") || !knows("bob") || !knows("zoe") {
		t.Error("the second content is not known")
	}
	write("- {user: zoe, person: Zoe}\n- {user: bob, person: another}\n")
	if _, err := c.Identities.Map(); err == nil || err.Error() != filepath.Join(dir, "people.yaml")+":2: user: is that of "+filepath.Join(dir, "a.yaml")+":1, which says something else; keep one" {
		t.Error(err)
	}
}

// TestDocumentedIdentities: what docs/identity.md shows can be copied.
func TestDocumentedIdentities(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	page, err := os.ReadFile("../../docs/identity.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	for _, block := range blocks {
		text := strings.ReplaceAll(block[1], "9F:86:D0:81:…", strings.Repeat("9F:86:D0:81:", 8))
		if _, err := Parse(filepath.Join(examples, "a.yaml"), []byte(text+minimal)); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
	if len(blocks) < 3 {
		t.Errorf("only %d blocks", len(blocks))
	}
}

// TestIdentitiesOfOddFiles: a file that is none, or too long, is told; nothing waits for it.
func TestIdentitiesOfOddFiles(t *testing.T) {
	long := filepath.Join(t.TempDir(), "long.yaml")
	if err := errors.Join(os.WriteFile(long, nil, 0o600), os.Truncate(long, maxBytes+1)); err != nil {
		t.Fatal(err)
	}
	longCSV := strings.TrimSuffix(long, "yaml") + "CSV"
	if err := errors.Join(os.WriteFile(longCSV, nil, 0o600), os.Truncate(longCSV, maxCSV+1)); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		t.TempDir(): "is no regular file", os.DevNull: "is no regular file", long: "is longer than 1MiB; write it as CSV", longCSV: "is longer than 4MiB",
	} {
		if _, err := (&Identities{File: file}).Map(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
}

package page

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestBlocks(t *testing.T) {
	const text = "# Page\n\n## A\n\n```sh node\nls\nif x; then\n    y\nfi\n```\n- a\n  ```sh host\n  b\n  ```\n### AA\n\n```yaml\na: b\n```\n\n```sh kind\nc\n```\n## B\n\n```sh node\nd\n```\n"
	for heading, want := range map[string][]Block{
		"":     {{"node", "ls\nif x; then\n    y\nfi\n", 6}, {"host", "  b\n", 13}, {"kind", "c\n", 22}, {"node", "d\n", 27}},
		"## A": {{"node", "ls\nif x; then\n    y\nfi\n", 6}, {"host", "  b\n", 13}, {"kind", "c\n", 22}},
		"## B": {{"node", "d\n", 27}},
	} {
		got, err := Blocks(write(t, text), heading)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, %v", heading, got, err)
		}
		if some := At(got, "node", "kind"); heading == "## A" && len(some) != 2 {
			t.Errorf("%+v", some)
		}
	}
}

func TestCommandsThatNobodyRuns(t *testing.T) {
	for text, want := range map[string]string{
		"```sh\nls\n```\n":              `commands for ""`,
		"```sh mars\nls\n```\n":         `commands for "mars"`,
		"```\nls\n```\n":                `a block in ""`,
		"```bash node\nls\n```\n":       `a block in "bash"`,
		"Run\n\n    ls\n":               "an indented block",
		"```sh node\nls\n":              "without an end",
		"text\n":                        "no commands",
		"```sh node\nls\n```\n\n    ls": ":5: an indented block",
	} {
		if _, err := Blocks(write(t, text), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

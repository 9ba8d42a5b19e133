package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestInstallPage runs the commands of docs/install.md that need no cluster, literally and in their order, in a copy of the
// repository.
func TestInstallPage(t *testing.T) {
	page, err := os.ReadFile("../docs/install.md")
	must(t, err)
	blocks := regexp.MustCompile("(?ms)^```sh runnable\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 4 {
		t.Fatalf("%d blocks can be run", len(blocks))
	}
	dir := newDir(t)
	for _, part := range []string{"configs", "agent/demo/sample.jsonl"} {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, part)), 0o755))
		must(t, exec.Command("cp", "-r", filepath.Join("..", part), filepath.Join(dir, part)).Run())
	}
	must(t, os.Symlink(string(binary), filepath.Join(dir, "auditship")))
	for _, block := range blocks {
		script := strings.ReplaceAll(block[1], "go build -o auditship .\n", "") // it is built
		command := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
		command.Dir = dir
		output, err := command.CombinedOutput()
		if err != nil {
			t.Errorf("%s%s%v", script, output, err)
		}
		t.Logf("%s%s", script, output)
	}
	events, err := os.ReadFile(filepath.Join(dir, "try", "events.jsonl"))
	must(t, err)
	sample, err := os.ReadFile("../agent/demo/sample.jsonl")
	must(t, err)
	if got, want := strings.Count(string(events), "\n"), strings.Count(string(sample), "\n"); got != want {
		t.Errorf("%d events arrived, want %d", got, want)
	}
}

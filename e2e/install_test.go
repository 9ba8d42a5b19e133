package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/auditship/auditship/e2e/page"
)

const installPage = "../docs/install.md"

// installBlocks are the commands of docs/install.md and of README.md's part on installation, each of which has to have a place.
func installBlocks(t *testing.T) []page.Block {
	t.Helper()
	blocks, err := page.Blocks(installPage, "")
	must(t, err)
	readme, err := page.Blocks("../README.md", "## Install")
	must(t, err)
	return slices.Concat(blocks, readme)
}

// newCheckout is a copy of the repository as it stands, with its history.
func newCheckout(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(newDir(t), "auditship")
	for _, step := range []string{`git clone -q --shared "$(git rev-parse --show-toplevel)" "$0"`, `cd .. && git ls-files -z | tar --null -T - -c | tar -x -C "$0"`} {
		if out, err := exec.Command("bash", "-euo", "pipefail", "-c", step, dir).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", step, err, out)
		}
	}
	return dir
}

// literally runs a block as it stands.
func literally(t *testing.T, dir string, b page.Block) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", b.Text)
	command.Dir = dir
	out, err := command.CombinedOutput()
	t.Logf("%s%s", b.Text, out)
	if err != nil {
		t.Fatal(err)
	}
}

// TestInstallPage runs the commands that need no cluster, literally and in their order. That every other block has a place too, at
// which a test runs it or a reason why none can, is what page.Blocks sees to.
func TestInstallPage(t *testing.T) {
	dir := newCheckout(t)
	blocks := page.At(installBlocks(t), "checkout")
	if len(blocks) < 4 {
		t.Fatalf("%d blocks can be run", len(blocks))
	}
	for _, b := range blocks {
		literally(t, dir, b)
	}
	sample, err := os.ReadFile("../agent/demo/sample.jsonl")
	must(t, err)
	events, err := os.ReadFile(filepath.Join(dir, "try", "events.jsonl"))
	must(t, err)
	if got, want := strings.Count(string(events), "\n"), strings.Count(string(sample), "\n"); got != want {
		t.Errorf("%d events arrived, want %d", got, want)
	}
}

// TestInstallKind: what kind is given is YAML, and its patch names the flags that kube-apiserver needs.
func TestInstallKind(t *testing.T) {
	text, err := os.ReadFile(installPage)
	must(t, err)
	_, text2, found := strings.Cut(string(text), "```yaml\nkind: Cluster\n")
	block, _, closed := strings.Cut(text2, "```")
	var cluster struct {
		Nodes []struct {
			KubeadmConfigPatches []string `yaml:"kubeadmConfigPatches"`
		}
	}
	if err := yaml.Unmarshal([]byte(block), &cluster); !found || !closed || err != nil || len(cluster.Nodes) != 1 {
		t.Fatalf("%v: %s", err, block)
	}
	var patch struct {
		APIServer struct {
			ExtraArgs    map[string]string `yaml:"extraArgs"`
			ExtraVolumes []struct{ HostPath string }
		} `yaml:"apiServer"`
	}
	must(t, yaml.Unmarshal([]byte(cluster.Nodes[0].KubeadmConfigPatches[0]), &patch))
	for _, flag := range []string{"audit-log-path", "audit-policy-file", "audit-log-maxsize", "audit-log-maxbackup"} {
		if patch.APIServer.ExtraArgs[flag] == "" {
			t.Errorf("no %s", flag)
		}
	}
}

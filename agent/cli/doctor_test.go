package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/doctor"
)

// aHost is a root with kubeadm's manifest, without audit.
func aHost(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../kubeadm/testdata/v1.36.yaml")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	dir := filepath.Join(root, "etc/kubernetes/manifests")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kube-apiserver.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestDoctor(t *testing.T) {
	root := aHost(t)
	code, stdout, stderr := run("doctor", "--root", root)
	if code != 1 || !strings.Contains(stdout, "failure  audit-log") || !strings.Contains(stdout, "auditship enable-audit") || !strings.Contains(stderr, "see the failures") {
		t.Errorf("got %d\n%s%s", code, stdout, stderr)
	}
	if strings.Contains(stdout, root) {
		t.Errorf("paths are not those of the host:\n%s", stdout)
	}
	code, stdout, _ = run("doctor", "--root", root, "-o", "json")
	var results []doctor.Result
	if err := json.Unmarshal([]byte(stdout), &results); code != 1 || err != nil || len(results) < 3 {
		t.Errorf("got %d, %v\n%s", code, err, stdout)
	}
}

// TestDoctorWithoutFailures: warnings alone are no failure of the command.
func TestDoctorWithoutFailures(t *testing.T) {
	if code, stdout, stderr := run("doctor", "--root", t.TempDir()); code != 0 || !strings.Contains(stdout, "0 failures, 2 warnings") || stderr != "" {
		t.Errorf("got %d\n%s%s", code, stdout, stderr)
	}
}

// TestDoctorFromHere: a relative configuration is from where the command is run, as with other commands.
func TestDoctorFromHere(t *testing.T) {
	dir := t.TempDir()
	text := "node: n\nstate_dir: " + dir + "/state\nadmin: unix://" + dir + "/admin.sock\ninputs: [{name: in, file: {path: " + dir + "/audit.log}}]\noutputs: [{name: out, file: {path: " + dir + "/out.jsonl}}]\n"
	if err := os.WriteFile(filepath.Join(dir, "mine.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if _, stdout, _ := run("doctor", "-c", "mine.yaml"); !strings.Contains(stdout, "ok       configuration  mine.yaml: 1 inputs, 1 outputs") {
		t.Errorf("got\n%s", stdout)
	}
}

func TestDoctorUsage(t *testing.T) {
	for _, args := range [][]string{{"-o", "yaml"}, {"x"}, {"--root"}} {
		if code, stdout, stderr := run(append([]string{"doctor"}, args...)...); code != exitUsage || stdout != "" || stderr == "" {
			t.Errorf("%q: got %d, %q, %q", args, code, stdout, stderr)
		}
	}
	// One that was asked for has to be there.
	if code, stdout, _ := run("doctor", "--root", t.TempDir(), "-c", "/none.yaml"); code != exitFailed || !strings.Contains(stdout, "failure  configuration") {
		t.Errorf("got %d\n%s", code, stdout)
	}
}

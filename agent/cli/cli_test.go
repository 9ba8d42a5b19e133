package cli

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

const good = `cluster: prod
node: "master\u202e-1"
inputs:
  - name: apiserver
    file: {path: /var/log/kubernetes/audit/audit.log}
outputs:
  - name: search
    elasticsearch: {urls: [https://es:9200], index: audit, tls: {insecure_skip_verify: true}}
  - name: archive
    start: end
    file: {path: /var/log/auditship/events.jsonl}
`

// run is one command line: the exit code and what it printed.
func run(args ...string) (code int, stdout, stderr string) {
	var out, err strings.Builder
	code = Main(args, &out, &err)
	return code, out.String(), err.String()
}

// inDir goes to a directory that has one file.
func inDir(t *testing.T, file, content string) {
	t.Helper()
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Chdir(t.TempDir())
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestValidateSummarizes(t *testing.T) {
	inDir(t, "a.yaml", strings.Replace(good, `\u202e`, "", 1))
	code, stdout, stderr := run("validate", "-c", "a.yaml")
	want := `a.yaml: ok
node master-1, state in /var/lib/auditship, metrics on 127.0.0.1:9180
pipeline apiserver/search: file to elasticsearch, cluster prod, from the beginning
pipeline apiserver/archive: file to file, cluster prod, from the end
`
	if code != 0 || stdout != want {
		t.Errorf("got %d and\n%s\nwant\n%s", code, stdout, want)
	}
	if want := "warning: a.yaml:8: outputs[0].elasticsearch.tls.insecure_skip_verify: "; !strings.HasPrefix(stderr, want) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("got %q, want %q…", stderr, want)
	}
}

func TestValidateTellsEveryFault(t *testing.T) {
	inDir(t, "a.yaml", good+"polici: []\n\"a\\u202eb\": 1\n")
	code, stdout, stderr := run("validate", "--config", "a.yaml")
	want := []string{"a.yaml:2: node: has control characters", `a.yaml:12: polici: unknown key; did you mean "policy"?`, `a.yaml:13: "a\u202eb": unknown key; known here: `}
	lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
	if code != 2 || stdout != "" || len(lines) != len(want) {
		t.Fatalf("got %d, %q and\n%s", code, stdout, stderr)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("got %s, want %s", line, want[i])
		}
	}
}

func TestUsage(t *testing.T) {
	inDir(t, "a.yaml", good)
	for args, want := range map[string]string{
		"frobnicate":                `auditship: unknown command "frobnicate"`,
		"validat":                   "\n  validate\n", // is suggested
		"policy lnt a.yaml":         "unknown command \"lnt\" for \"auditship policy\"\nusage: auditship policy coverage|explain|lint|volume\n",
		"dead-letters frobnicate":   "usage: auditship dead-letters drop|list|replay|show\n",
		"explain -c a.yaml event":   "usage: auditship explain -c FILE < EVENT [flags]\n",
		"checkpoint skip -c a.yaml": "usage: auditship checkpoint skip -c FILE PIPELINE [flags]\n",
		"validate":                  `auditship: required flag(s) "config" not set`,
		"validate -c":               "auditship: flag needs an argument",
		"validate -c a.yaml b":      `auditship: unknown command "b" for "auditship validate"`,
		"validate --colour":         "auditship: unknown flag: --colour",
		"validate -c none.yaml":     "none.yaml: open: no such file or directory",
		"version now":               `auditship: unknown command "now"`,
		"validate \x1b[2J\u202e":    `"\x1b[2J\u202e"`,
	} {
		code, stdout, stderr := run(strings.Split(args, " ")...)
		if code != 2 || stdout != "" || !strings.Contains(stderr, want) || strings.ContainsAny(stderr, "\x1b\u202e") {
			t.Errorf("%q: got %d, %q and %q; want %q", args, code, stdout, stderr, want)
		}
	}
}

func TestHelpTeaches(t *testing.T) {
	for _, args := range [][]string{{}, {"help"}, {"--help"}} {
		code, stdout, stderr := run(args...)
		if code != 0 || stderr != "" || !strings.Contains(stdout, "auditship validate -c auditship.yaml") || !strings.Contains(stdout, "Exit codes: 0 done") {
			t.Errorf("%q: got %d, %q and %q", args, code, stdout, stderr)
		}
	}
	if code, stdout, _ := run("completion", "bash"); code != 0 || !strings.Contains(stdout, "auditship") {
		t.Errorf("completion: got %d", code)
	}
}

// TestExitCodeOfFailure: what fails after a command has begun is no matter of usage.
func TestExitCodeOfFailure(t *testing.T) {
	started := false
	root := newRoot()
	root.AddCommand(&cobra.Command{Use: "fail", RunE: func(*cobra.Command, []string) error { return errors.New("disk on fire") }})
	onStart(root, func() { started = true })
	root.SetArgs([]string{"fail"})
	if err := root.Execute(); exitCode(err, started) != exitFailed {
		t.Errorf("got %d for %v", exitCode(err, started), err)
	}
}

// TestCommandsReturnErrors: onStart knows only of RunE.
func TestCommandsReturnErrors(t *testing.T) {
	for _, command := range newRoot().Commands() {
		if command.RunE == nil && !command.HasSubCommands() {
			t.Errorf("%s has no RunE", command.Name())
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestOutputThatCannotBeWritten(t *testing.T) {
	inDir(t, filepath.Base("a.yaml"), strings.Replace(good, `\u202e`, "", 1))
	for _, args := range [][]string{{"version"}, {"validate", "-c", "a.yaml"}} {
		var stderr strings.Builder
		if code := Main(args, fullDisk{}, &stderr); code != 1 || !strings.Contains(stderr.String(), "auditship: no space left\n") {
			t.Errorf("%q: got %d and %q", args, code, stderr.String())
		}
	}
}

func TestVersionLine(t *testing.T) {
	info := &debug.BuildInfo{Main: debug.Module{Version: "v0.1.0-dirty"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}}}
	for _, test := range []struct {
		version, commit string
		info            *debug.BuildInfo
		want            string
	}{
		{"", "", nil, "auditship (devel), commit unknown, go"},
		{"", "", info, "auditship v0.1.0-dirty, commit abc (modified), go"},
		{"v1.2.3", "def", info, "auditship v1.2.3, commit def, go"},
	} {
		if got := versionLine(test.version, test.commit, test.info); !strings.HasPrefix(got, test.want) {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	for _, args := range []string{"version", "--version"} {
		if code, stdout, _ := run(args); code != 0 || !strings.HasPrefix(stdout, "auditship ") || strings.Count(stdout, "\n") != 1 {
			t.Errorf("%s: got %d and %q", args, code, stdout)
		}
	}
}

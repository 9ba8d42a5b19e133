package planted

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const root = "../.."

// fault is what is built in: a tag, or an edit.
type fault struct {
	name    string
	tag     string // fault_…
	edit    edit
	tests   string // a pattern of the tests that have to notice it
	in      string // the package of these tests; empty: that of the edit
	because string // what would happen to a user
}

// edit puts one piece of a file in place of another, which stands there exactly once.
type edit struct{ file, old, new string }

// TestCaught builds each fault in and wants a test to fail. It takes a few seconds per fault, so it has a target of its own.
func TestCaught(t *testing.T) {
	if os.Getenv("AUDITSHIP_FAULTS") == "" {
		t.Skip("make faults runs it")
	}
	for _, f := range faults {
		t.Run(strings.ReplaceAll(f.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			if found := f.sound(t); len(found.failed) > 0 {
				t.Fatalf("without the fault %s fails, too\n%s", found.failed[0], found.output)
			}
			begin := time.Now()
			found := f.run(t, f.build(t)...)
			if len(found.failed) == 0 {
				t.Fatalf("NOT CAUGHT by %s in %s: %s", f.tests, f.where(), f.because)
			}
			fmt.Printf("%-50s caught by %s%s in %.1f s\n", f.name, found.failed[0], found.seed(), time.Since(begin).Seconds())
		})
	}
}

func (f *fault) where() string {
	if f.in != "" {
		return f.in
	}
	return "./" + filepath.Dir(f.edit.file)
}

// sound runs the tests without any fault, once for all faults that they have to notice.
func (f *fault) sound(t *testing.T) verdict {
	once, _ := baselines.LoadOrStore(f.where()+" "+f.tests, sync.OnceValue(func() verdict { return f.run(t) }))
	return once.(func() verdict)()
}

var baselines sync.Map // by package and tests: func() verdict

// build are the flags that build the fault in.
func (f *fault) build(t *testing.T) []string {
	if f.tag != "" {
		return []string{"-tags", f.tag}
	}
	return []string{"-overlay", f.edit.overlay(t)}
}

// run runs the tests, unless go knows the result already.
func (f *fault) run(t *testing.T, build ...string) verdict {
	args := append([]string{"test", "-json", "-vet=off", "-failfast", "-timeout=5m", "-run", f.tests}, build...)
	command := exec.CommandContext(t.Context(), "go", append(args, f.where())...)
	command.Dir = root
	var complaints bytes.Buffer
	command.Stderr = &complaints
	stdout, err := command.Output()
	found := judge(stdout)
	if err != nil && len(found.failed) == 0 || found.ran == 0 {
		t.Fatalf("the tests did not run: %v\n%s%s", err, &complaints, found.output)
	}
	return found
}

// Every edit can be made.
func TestEditsFit(t *testing.T) {
	for _, f := range faults {
		if f.tag == "" {
			f.edit.text(t)
		}
	}
}

// text is the file that is to be edited.
func (e *edit) text(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, e.file))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), e.old); n != 1 {
		t.Fatalf("%s has the text to be edited %d times, want once: bring the fault up to date\n%s", e.file, n, e.old)
	}
	return string(text)
}

// overlay writes what go test -overlay wants.
func (e *edit) overlay(t *testing.T) (path string) {
	text := e.text(t)
	file, err := filepath.Abs(filepath.Join(root, e.file))
	if err != nil {
		t.Fatal(err)
	}
	changed, path := filepath.Join(t.TempDir(), "changed.go"), filepath.Join(t.TempDir(), "overlay.json")
	plan, err := json.Marshal(map[string]map[string]string{"Replace": {file: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{changed: strings.Replace(text, e.old, e.new, 1), path: string(plan)} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// Every fault that stands in the sources is built in by TestCaught.
func TestEveryTagIsListed(t *testing.T) {
	list := exec.Command("git", "ls-files", "*_fault.go")
	list.Dir = root
	names, err := list.Output()
	if err != nil {
		t.Skipf("no git here: %v", err)
	}
	for name := range strings.FieldsSeq(string(names)) {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		tag := strings.TrimPrefix(first, "//go:build ")
		if !slices.ContainsFunc(faults, func(f fault) bool { return f.tag == tag && f.where() == "./"+filepath.Dir(name) }) {
			t.Errorf("%s: no fault has the tag %s", name, tag)
		}
	}
}

package cli

import (
	"strings"
	"testing"
)

// completed is what a shell offers behind a command line, and the directive.
func completed(t *testing.T, args ...string) (words []string, directive string) {
	t.Helper()
	code, stdout, _ := run(append([]string{"__completeNoDesc"}, args...)...)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != 0 {
		t.Fatalf("%q: exit code %d", args, code)
	}
	return lines[:len(lines)-1], lines[len(lines)-1]
}

func TestCompletion(t *testing.T) {
	inDir(t, "a.yaml", strings.Replace(good, `\u202e`, "", 1))
	const pipelines, noFiles, files, endings = "apiserver/search apiserver/archive", ":4", ":0", ":8"
	for args, want := range map[string][2]string{
		"checkpoint skip -c a.yaml ":                 {pipelines, noFiles},
		"checkpoint set -c a.yaml ":                  {pipelines, noFiles},
		"checkpoint set -c a.yaml apiserver/search ": {"", files},
		"checkpoint skip -c none.yaml ":              {"", noFiles},
		"dead-letters list -c a.yaml --pipeline ":    {pipelines, noFiles},
		"dead-letters drop -c a.yaml --pipeline api": {pipelines, noFiles},
		"doctor -o ":          {"text json", noFiles},
		"doctor --manifest ":  {"yaml yml", endings},
		"run -c ":             {"yaml yml", endings},
		"run -c a.yaml ":      {"", noFiles},
		"validate -c a.yaml ": {"", noFiles},
		"policy lint ":        {"", files},
	} {
		words, directive := completed(t, strings.Split(args, " ")...)
		if got := strings.Join(words, " "); got != want[0] || directive != want[1] {
			t.Errorf("%q: got %q %s, want %q %s", args, got, directive, want[0], want[1])
		}
	}
}

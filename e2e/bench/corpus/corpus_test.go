package corpus_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/auditship/auditship/e2e/bench/corpus"
)

type event struct {
	Kind, AuditID, Stage, Verb string
	User                       struct{ Username string }
}

func write(t *testing.T, spec corpus.Spec) ([]byte, corpus.Facts) {
	t.Helper()
	dir := t.TempDir()
	var err error
	if spec.Real, err = corpus.Recording(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "made.log")
	facts, err := corpus.Write(path, spec)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content, facts
}

// TestShares holds a log to what the comparison says about it, by means of encoding/json.
func TestShares(t *testing.T) {
	content, facts := write(t, corpus.Spec{Seed: 1, Bytes: 16 << 20})
	seen := map[string]bool{}
	var sizes []int
	kept := 0
	for line := range bytes.Lines(content) {
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("line %d: %v", len(sizes), err)
		}
		seen[e.AuditID+e.Stage] = true
		sizes = append(sizes, len(line))
		if !slices.Contains(corpus.Noise.Users, e.User.Username) || !slices.Contains(corpus.Noise.Verbs, e.Verb) {
			kept++
		}
	}
	if len(seen) != len(sizes) || facts.Lines != len(sizes) || facts.Kept != kept || facts.Bytes != int64(len(content)) {
		t.Errorf("%d lines, %d different, %d kept; said to be %+v", len(sizes), len(seen), kept, facts)
	}
	near(t, "share of real lines", float64(facts.Real)/float64(facts.Lines), 1./3, 0.001)
	near(t, "share of kept lines", float64(kept)/float64(facts.Lines), 0.53, 0.005)
	near(t, "share of kept bytes", float64(facts.KeptBytes)/float64(facts.Bytes), 0.53, 0.1)
	slices.Sort(sizes)
	near(t, "median", float64(sizes[len(sizes)/2]), 1100, 150)
	near(t, "99th percentile", float64(sizes[len(sizes)*99/100]), 6000, 1000)
	near(t, "longest", float64(sizes[len(sizes)-1]), 550_000, 500_000)
}

func near(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if math.Abs(got-want) > by {
		t.Errorf("%s: %.4g, want %.4g ± %.4g", what, got, want, by)
	}
}

func TestDeterministic(t *testing.T) {
	one, _ := write(t, corpus.Spec{Seed: 7, Bytes: 1 << 20})
	same, _ := write(t, corpus.Spec{Seed: 7, Bytes: 1 << 20})
	other, _ := write(t, corpus.Spec{Seed: 8, Bytes: 1 << 20})
	if !bytes.Equal(one, same) {
		t.Error("one seed made two logs")
	}
	if bytes.Equal(one, other) {
		t.Error("two seeds made one log")
	}
}

// TestLineSize tries the lengths that the growth with line size is measured at.
func TestLineSize(t *testing.T) {
	for _, size := range []int{100, 1000, 10_000, 100_000, 1 << 20} {
		content, facts := write(t, corpus.Spec{Seed: 2, Bytes: int64(4 * size), LineSize: size})
		near(t, "mean length", float64(facts.Bytes)/float64(facts.Lines), float64(size), float64(size)/5+60)
		for line := range bytes.Lines(content) {
			if !json.Valid(line) {
				t.Errorf("a line of %d bytes is no JSON", len(line))
			}
		}
	}
}

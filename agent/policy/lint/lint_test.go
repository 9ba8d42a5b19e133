package lint

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/policy"
)

func check(t testing.TB, path string) []Finding {
	t.Helper()
	p, err := policy.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return Check(p)
}

// TestFindings: for every code testdata has CODE.bad.yaml, with a finding in every line that ends in "# !" and in no other, and
// CODE.good.yaml with none.
func TestFindings(t *testing.T) {
	for code := range Codes {
		for _, kind := range []string{"bad", "good"} {
			path := filepath.Join("testdata", code+"."+kind+".yaml")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Error(err)
				continue
			}
			var want, got []int
			for i, line := range strings.Split(string(data), "\n") {
				if strings.HasSuffix(line, "# !") {
					want = append(want, i+1)
				}
			}
			found := check(t, path)
			for _, f := range found {
				if f.Code == code && !slices.Contains(got, f.Line) {
					got = append(got, f.Line)
				}
			}
			if (len(want) > 0) != (kind == "bad") || !slices.Equal(got, want) {
				t.Errorf("%s has findings in %v, want %v: %+v", path, got, want, found)
			}
		}
	}
}

// TestTexts: every finding of every example says all it should.
func TestTexts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) != 2*len(Codes) {
		t.Errorf("%d files for %d codes, %v", len(files), len(Codes), err)
	}
	for _, file := range files {
		for _, f := range check(t, file) {
			code, known := Codes[f.Code]
			if !known || f.What == "" || f.Why == "" || f.Instead == "" || f.File != file || f.Line == 0 || f.Column == 0 {
				t.Errorf("%+v", f)
			}
			if strings.Contains(f.What, policy.Other) || !slices.Contains(severities, f.Severity) || code.Severity == "" {
				t.Errorf("%s: %+v", file, f)
			}
		}
	}
}

// TestNothingOfWhatCannotWork: what a policy that the server refuses would do is not told.
func TestNothingOfWhatCannotWork(t *testing.T) {
	for _, f := range check(t, "testdata/wrong-value.bad.yaml") {
		if f.Code != "wrong-value" {
			t.Errorf("%+v", f)
		}
	}
}

func TestSeverity(t *testing.T) {
	if !Error.AtLeast(Warning) || Info.AtLeast(Warning) || !Info.AtLeast(Info) {
		t.Error("severities are out of order")
	}
	if _, err := ParseSeverity("fatal"); err == nil {
		t.Error("fatal is taken")
	}
	if s, err := ParseSeverity("info"); s != Info || err != nil {
		t.Error(s, err)
	}
}

// FuzzCheck: whatever the file holds, there are findings or none, each with its words.
func FuzzCheck(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "p.yaml")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := policy.Load(path)
		if err != nil {
			return
		}
		for _, found := range Check(p) {
			if found.Code == "" || found.What == "" || found.Why == "" {
				t.Errorf("%+v", found)
			}
		}
	})
}

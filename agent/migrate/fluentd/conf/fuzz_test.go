package conf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzParse: whatever the bytes are, the parser ends soon, without a panic, and what it says has a line that is there.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("../testdata/*.conf")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, text := range []string{"a \"#{ENV['A'] || (ENV['B'] + File.join('a','b'))}\\", "a [{\"#{\": 1}, #\n]", "<a \"b>\n</a>", "@include \"#{hostname}/*\"", "a 'b\n\\'",
		strings.Repeat("#{(", 100), strings.Repeat("<a>\n", 100), "\"k\" v\n'k' v", "a \"" + strings.Repeat("#{", 1000), "a \"#{" + strings.Repeat("(", 100_000) + "\""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "include") && strings.Contains(text, "/") {
			return // it would walk through the file system
		}
		p := Parser{Lookup: environment}
		start := time.Now()
		root, err := p.Parse("fluent.conf", text)
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("took %v for %d bytes", took, len(text))
		}
		lines := 1 + strings.Count(text, "\n")
		if fault, ok := err.(*Fault); ok && fault.File == "fluent.conf" && (fault.Line < 1 || fault.Line > lines) {
			t.Fatalf("%v of %d lines", fault, lines)
		}
		walk(t, root, lines)
	})
}

func walk(t *testing.T, e *Element, lines int) {
	for _, p := range e.Params {
		if p.File == "fluent.conf" && (p.Line < 1 || p.Line > lines) { // else of a file of this directory, which was included
			t.Fatalf("%s is in line %d of %d", p.Key, p.Line, lines)
		}
		p.Value.Resolve(environment, "")
	}
	for _, c := range e.Children {
		walk(t, c, lines)
	}
}

package conf

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// environment is what variables there are in these tests.
func environment(name string) (string, bool) {
	value, set := map[string]string{"HOST": "es.example.org", "EMPTY": "", "DIR": "sub"}[name]
	return value, set
}

func parse(t *testing.T, text string) *Element {
	t.Helper()
	p := Parser{Lookup: environment, Host: "cp-1"}
	root, err := p.Parse("fluent.conf", text)
	if err != nil || len(p.Faults) > 0 {
		t.Fatal(err, p.Faults)
	}
	return root
}

// dump is the tree in one line.
func dump(e *Element) string {
	var parts []string
	for _, p := range e.Params {
		parts = append(parts, fmt.Sprintf("%s=%q@%d", p.Key, p.Value.String(), p.Line))
	}
	for _, c := range e.Children {
		parts = append(parts, fmt.Sprintf("<%s %q@%d %s>", c.Name, c.Arg.String(), c.Line, dump(c)))
	}
	return strings.Join(parts, " ")
}

// TestSyntax goes through https://docs.fluentd.org/configuration/config-file.
func TestSyntax(t *testing.T) {
	for text, want := range map[string]string{
		"":                          ``,
		"# nothing\n\n":             ``,
		"a b\n":                     `a="b"@1`,
		"a b":                       `a="b"@1`,
		"a b c  # comment\n":        `a="b c"@1`,
		"a b#c\n":                   `a="b#c"@1`,
		"a\n b c\n":                 `a=""@1 b="c"@2`,
		"flag # comment\nb c":       `flag=""@1 b="c"@2`,
		"a \"b # c\\n\\\"\" #d\n":   `a="b # c\n\""@1`,
		"a 'b \\' \\\\ \\n'\n":      `a="b ' \\ \\n"@1`,
		"a \"b\nc\"\nd e\n":         `a="b\nc"@1 d="e"@3`,
		"a \"b\\\nc\"\n":            `a="bc"@1`,
		"a [\"b\", # one\n \"c\"]":  `a="[\"b\",\"c\"]"@1`,
		"a {\"b#\":\n{}}\nc d":      `a="{\"b#\":{}}"@1 c="d"@3`,
		"a \"#{ENV['HOST']}:1\"\n":  `a="#{ENV['HOST']}:1"@1`,
		"a #{ENV['HOST']}\n":        `a="#{ENV['HOST']}"@1`, // text: fluentd runs nothing outside of quotes
		"a \"#{1.then { '}' }}\"":   `a="#{1.then { '}' }}"@1`,
		"a {\"b\":\"#{hostname}\"}": `a="{\"b\":\"#{hostname}\"}"@1`,
		"<match a.** b>\n @type null\n</match>\n":                  `<match "a.** b"@1 @type="null"@2>`,
		"<match \"a.#{ENV['HOST']}\">\r\n@type null\r\n</match>":   `<match "a.#{ENV['HOST']}"@1 @type="null"@2>`,
		"<source>\n<parse>\n@type json\n</parse>\n</source >\na b": `a="b"@6 <source ""@1 <parse ""@2 @type="json"@3>>`,
		"<label @A>\n</label> # end\n<worker 0-1>\n</worker>":      `<label "@A"@1 > <worker "0-1"@3 >`,
		"<match>\n</match>": `<match ""@1 >`,
		"\ufeffa b":         `a="b"@1`,
	} {
		if got := dump(parse(t, text)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// TestFaults: what fluentd would not start with is told with the line.
func TestFaults(t *testing.T) {
	for text, want := range map[string]string{
		"<source>\na b\n":           `fluent.conf:1: <source> has no </source>`,
		"a b\n</match>":             `fluent.conf:2: </match> closes nothing`,
		"<a>\n<b>\n</a>":            `fluent.conf:3: </a> stands where </b> must come first`,
		"<a\nb>":                    `fluent.conf:2: <a is not closed by a >`,
		"<>":                        `fluent.conf:1: a < has no name behind it`,
		"<a> b\n</a>":               `fluent.conf:1: something stands behind <a> in its line`,
		"a \"b\" c":                 `fluent.conf:1: something stands behind the value of "a"; quotes go around all of it`,
		"\n\na \"b":                 `fluent.conf:3: a string in double quotes has no end`,
		"a 'b":                      `fluent.conf:1: a string in single quotes has no end`,
		"a [1,":                     `fluent.conf:1: what begins here is no JSON`,
		"a {\"b\" 1}":               `fluent.conf:1: what begins here is no JSON`,
		`a "\d"`:                    `fluent.conf:1: \d is no escape of fluentd; a backslash is written as \\`,
		"a \"#{b":                   `fluent.conf:1: #{ has no closing brace`,
		strings.Repeat("<a>\n", 20): `fluent.conf:17: sections are nested deeper than 16`,
		"a \"b\\":                   `fluent.conf:1: the file ends in a backslash`,
	} {
		_, err := (&Parser{Lookup: environment}).Parse("fluent.conf", text)
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// TestExpressions: what stands in #{ } is understood, or kept as it is.
func TestExpressions(t *testing.T) {
	for code, want := range map[string]string{
		`ENV['HOST']`:                        "es.example.org",
		`ENV["HOST"]`:                        "es.example.org",
		`ENV['NONE'] || 'default'`:           "default",
		`ENV['EMPTY'] || 'default'`:          "",
		`ENV['NONE'] || ENV['OTHER'] || "x"`: "x",
		`(ENV['NONE'] || "a") + "-" + 'b'`:   "a-b",
		`ENV.fetch('HOST')`:                  "es.example.org",
		`ENV.fetch('NONE', 'y')`:             "y",
		`ENV['NONE'] || use_default`:         "(not given)",
		`ENV['NONE'] || use_nil`:             "(not given)",
		`ENV['NONE'] || nil`:                 "(not given)",
		`ENV['NONE'] || true`:                "true",
		`ENV['NONE'] || 2`:                   "2",
		`nil || 'a'`:                         "a",
		`Socket.gethostname`:                 "cp-1",
		`hostname`:                           "cp-1",
		`worker_id`:                          "0",
		`ENV['HOST'].to_s.strip`:             "es.example.org",
		`File.join('/var/log/', ENV.fetch('POS', ''), 'a.pos')`: "/var/log/a.pos",
		`File.join('/var', ENV['DIR'], 'a')`:                    "/var/sub/a",
		`File.join('/var', ENV['NONE'])`:                        "#{File.join('/var', ENV['NONE'])}",
		`ENV['NONE']`:                                           "(unset: NONE)",
		`Time.now.to_i`:                                         "#{Time.now.to_i}",
		`ENV['HOST'] && 'a'`:                                    "#{ENV['HOST'] && 'a'}",
		`hostnames`:                                             "#{hostnames}",
	} {
		root := parse(t, `a "#{`+code+`}"`)
		got, given, unset := root.Find("a").Value.Resolve(environment, "cp-1")
		switch {
		case len(unset) > 0:
			got = "(unset: " + strings.Join(unset, " ") + ")"
		case !given:
			got = "(not given)"
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", code, got, want)
		}
	}
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInclude(t *testing.T) {
	dir := t.TempDir()
	main := write(t, dir, "fluent.conf", "@include conf.d/*.conf\n<source>\n  @include \"#{ENV['DIR']}/parse.inc\"\n</source>\ninclude last.conf\n"+
		"@include none/*.conf\n@include https://example.org/a.conf\n@include fluent.conf\n@include conf.d/a.yaml\n@include \"#{ENV['NONE']}\"\n")
	write(t, dir, "conf.d/b.conf", "b 2\n")
	write(t, dir, "conf.d/a.conf", "a 1\n@include ../deep.conf")
	write(t, dir, "conf.d/a.yaml", "config: []")
	write(t, dir, "deep.conf", "deep yes")
	write(t, dir, "sub/parse.inc", "<parse>\n @type json\n</parse>\n")
	write(t, dir, "last.conf", "last yes\n")
	p := Parser{Lookup: environment}
	root, err := p.File(main)
	if err != nil {
		t.Fatal(err)
	}
	want := `a="1"@1 deep="yes"@1 b="2"@1 last="yes"@1 <source ""@2 <parse ""@1 @type="json"@2>>`
	if got := dump(root); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if at := root.Children[0].Children[0].File; at != filepath.Join(dir, "sub/parse.inc") {
		t.Errorf("the section is said to be in %s", at)
	}
	var lines []int
	for _, f := range p.Faults {
		lines = append(lines, f.Line)
	}
	if !slices.Equal(lines, []int{6, 7, 8, 9, 10}) {
		t.Errorf("faults: %v", p.Faults)
	}
}

// TestIncludeFault: the file that has the fault is named, and nothing is converted.
func TestIncludeFault(t *testing.T) {
	dir := t.TempDir()
	main := write(t, dir, "fluent.conf", "@include other.conf\n")
	other := write(t, dir, "other.conf", "\n<source>\n")
	if _, err := (&Parser{}).File(main); err == nil || err.Error() != other+":2: <source> has no </source>" {
		t.Errorf("got %v", err)
	}
	for _, bad := range []string{filepath.Join(dir, "none"), dir, "/dev/zero"} {
		if _, err := (&Parser{}).File(bad); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

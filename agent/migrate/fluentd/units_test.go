package fluentd

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/migrate/fluentd/conf"
)

// TestTags: https://docs.fluentd.org/configuration/config-file#how-match-patterns-work.
func TestTags(t *testing.T) {
	c := &converter{globs: map[string]*regexp.Regexp{}}
	for pattern, tags := range map[string][2]string{
		"":                   {"a a.b", ""},
		"a":                  {"a", "a.b b"},
		"a.*":                {"a.b", "a a.b.c"},
		"a.**":               {"a a.b a.b.c", "b ab"},
		"**":                 {"a a.b.c", ""},
		"**.a":               {"a x.a x.y.a", "ax b"},
		"a.**.b":             {"a.b a.x.b a.x.y.b", "a b"},
		"{a,b}.c":            {"a.c b.c", "c.c"},
		"a.{b,c.**}":         {"a.b a.c.d", "a.d"},
		"a b.**":             {"a b b.c", "c"},
		"kube*":              {"kube-apiserver-audit kube", "a.kube"},
		`/^kube\.(?!audit)/`: {"", "kube.x"},
		`/^kube\./`:          {"kube.x", "kube a.kube."},
		"a{":                 {"", "a"},
	} {
		for _, tag := range strings.Fields(tags[0]) {
			if !c.matches(pattern, tag) {
				t.Errorf("%q does not match %s", pattern, tag)
			}
		}
		for _, tag := range strings.Fields(tags[1]) {
			if c.matches(pattern, tag) {
				t.Errorf("%q matches %s", pattern, tag)
			}
		}
	}
}

// TestComparisons: a regular expression of Ruby's becomes the same question, or none.
func TestComparisons(t *testing.T) {
	for pattern, want := range map[string]string{
		"/^get$/":             `verb == "get"`,
		"^(get|list|watch)$":  `verb in ["get", "list", "watch"]`,
		"/^(?:get|list)$/":    `verb in ["get", "list"]`,
		"get":                 `verb.contains("get")`,
		"/^get/":              `verb.startsWith("get")`,
		"/(get|list)$/":       `(verb.endsWith("get") || verb.endsWith("list"))`,
		`/^\/api\/v1/`:        `verb.startsWith("/api/v1")`,
		`/^a\.b$/`:            `verb == "a.b"`,
		"/^get$/i":            `verb.matches("(?mi)^get$")`,
		"/a.b/m":              `verb.matches("(?ms)a.b")`,
		"^get|list$":          `verb.matches("(?m)^get|list$")`,
		`/^system:(node|x):/`: `verb.matches("(?m)^system:(node|x):")`,
		`/[[:alpha:]]+/`:      `verb.matches("(?m)[[:alpha:]]+")`,
		`/(?<name>a+)/`:       `verb.matches("(?m)(?<name>a+)")`,
		`/a(?!b)/`:            "", // none of these is known to RE2, or it means something else
		`/a(?<!b)/`:           "",
		`/(a)\1/`:             "",
		`/a/x`:                "",
		`/[a-z&&[^b]]/`:       "",
		`/[a[bc]]/`:           "",
		`/\h+/`:               "",
		`/a\Z/`:               "",
		`/a{,3}/`:             "",
		`/(?m:a.b)/`:          "",
		`/(?im)a/`:            "",
		`/a++/`:               "",
		`/\Qa\E/`:             "",
		`/(/`:                 "",
	} {
		got, ok := comparison("verb", pattern)
		if got != want || ok != (want != "") {
			t.Errorf("%s: got %s, %v, want %s", pattern, got, ok, want)
		}
	}
}

func TestFields(t *testing.T) {
	for key, want := range map[string]string{
		"verb": "verb", "$.verb": "verb", "$.user.username": "user", "$['user']['username']": "user", `$["objectRef"].resource`: "resource",
		"$.annotations['authorization.k8s.io/decision']": `("authorization.k8s.io/decision" in annotations ? annotations["authorization.k8s.io/decision"] : "")`,
		"user.username": nothing, "objectRef.resource": nothing, "log": nothing, "$.user": "", "sourceIPs": "", "$.requestObject.spec": "", "$.user.groups[0]": "", "userAgent": "",
	} {
		if got, ok := field(path(key)); got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", key, got, ok, want)
		}
	}
}

func TestSizesAndTimes(t *testing.T) {
	for text, want := range map[string]int64{"8m": 8 << 20, "256k": 256 << 10, "1G": 1 << 30, "2M": 2 << 20, "10MB": 10 << 20, "17": 17, "-1": -1, "x": -2, "": -2, "1t": 1 << 40} {
		if got, ok := parseSize(text); ok && got != want || ok != (want != -2) {
			t.Errorf("size %q: got %d, %v", text, got, ok)
		}
	}
	for text, want := range map[string]time.Duration{"5s": 5 * time.Second, "0.2": 200 * time.Millisecond, "1h": time.Hour, "30": 30 * time.Second, "x": -1, "1d": 24 * time.Hour} {
		if got, ok := parseTime(text); ok && got != want || ok != (want != -1) {
			t.Errorf("time %q: got %v, %v", text, got, ok)
		}
	}
	for d, want := range map[time.Duration]string{time.Minute: "1m", time.Hour: "1h", 200 * time.Millisecond: "200ms", 90 * time.Second: "1m30s"} {
		if got := timeText(d); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestHostileValues: what stands in values does not become configuration.
func TestHostileValues(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	const text = "<source>\n@type tail\npath '/var/log/audit.log'\npos_file \"/a\\nstate_dir: /evil\\n# \"\ntag \"au\\ndit: [\"\n</source>\n" +
		"<filter **>\n@type record_transformer\n<record>\n\"a: b\\n- c\" \"$x\\n\\\"\"\nverb x\n</record>\n</filter>\n" +
		"<filter **>\n@type grep\n<exclude>\nkey verb\npattern \"a\\\"b\\nc\"\n</exclude>\n</filter>\n<match **>\n@type copy\n<store>\n@type stdout\n</store>\n<store>\n@type stdout\n</store>\n" +
		"<store>\n@type file\npath /a\n</store>\n<store>\n@type file\npath /a\n</store>\n<store>\n@type loki\nurl http://a\nextra_labels {\"x\":\"a\\nb: c\"}\n</store>\n</match>\n"
	root, err := (&conf.Parser{Lookup: environment}).Parse("fluent\nb.conf", text)
	if err != nil {
		t.Fatal(err)
	}
	result, err := convert("fluent\nb.conf", root, nil, options())
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse("a.yaml", result.YAML)
	if err != nil || cfg.StateDir == "/evil" || len(cfg.Outputs) != 4 || cfg.Outputs[3].Loki.Labels["x"] != "a\nb: c" || cfg.Outputs[0].Fields["a: b\n- c"] != "$x\n\"" {
		t.Errorf("%v, %+v\n%s", err, cfg, result.YAML)
	}
}

// FuzzConvert: whatever the configuration is, the converter ends soon, without a panic, and accounts for all of it.
func FuzzConvert(f *testing.F) {
	names, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, n := range names {
		if strings.HasSuffix(n.Name(), ".conf") {
			text, err := os.ReadFile("testdata/" + n.Name())
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "include") {
			return // it would walk through the file system
		}
		root, err := (&conf.Parser{Lookup: environment}).Parse("fluent.conf", text)
		if err != nil {
			return
		}
		start := time.Now()
		result, _ := convert("fluent.conf", root, nil, options())
		if took := time.Since(start); took > 10*time.Second {
			t.Fatalf("took %v", took)
		}
		accountFor(t, root, result.Report.Notes)
	})
}

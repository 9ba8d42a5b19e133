package fluentd

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/migrate"
	"github.com/auditship/auditship/agent/migrate/fluentd/conf"
)

// TestNothingIsPassedOver: of every section and every parameter of every configuration a note tells, its own or that of a section around it that stays behind.
func TestNothingIsPassedOver(t *testing.T) {
	for _, file := range files(t) {
		p := conf.Parser{Lookup: environment, Host: "cp-1"}
		root, err := p.File(file)
		if err != nil {
			t.Fatal(err)
		}
		result, err := convert(file, root, p.Faults, options())
		if err != nil {
			t.Fatal(err)
		}
		accountFor(t, root, result.Report.Notes)
	}
}

// accountFor looks for the notes by file and line alone.
func accountFor(t *testing.T, e *conf.Element, notes []migrate.Note) {
	t.Helper()
	at := func(p conf.Place) bool {
		return slices.ContainsFunc(notes, func(n migrate.Note) bool { return n.File == p.File && n.Line == p.Line })
	}
	names := newConverter(e, options())
	for _, p := range e.Params {
		if !at(p.Place) {
			t.Errorf("%v: nothing is said of %s", p.Place, p.Key)
		}
	}
	for _, c := range e.Children {
		if !at(c.Place) {
			t.Errorf("%v: nothing is said of <%s>", c.Place, c.Name)
			continue
		}
		own, of := names.section(c).what(""), func(n migrate.Note, p conf.Place) bool { return n.File == p.File && n.Line == p.Line }
		stays := slices.ContainsFunc(notes, func(n migrate.Note) bool { return of(n, c.Place) && n.What == own && n.Kind != migrate.Converted })
		parts := len(c.Params) > 0 && slices.ContainsFunc(notes, func(n migrate.Note) bool { return of(n, c.Params[0].Place) && n.What != own })
		if !stays || parts {
			accountFor(t, c, notes)
		}
	}
}

// accountForAll converts a text and wants all that stands in it to be told of.
func accountForAll(t *testing.T, text string) {
	t.Helper()
	root, err := (&conf.Parser{Lookup: environment}).Parse("fluent.conf", text)
	if err != nil {
		t.Fatal(err)
	}
	result, err := convert("fluent.conf", root, nil, options())
	if err != nil {
		t.Fatal(err)
	}
	accountFor(t, root, result.Report.Notes)
}

// TestUnknownParameters: whatever stands in whatever section of whatever plugin, known or not, a note tells of it.
func TestUnknownParameters(t *testing.T) {
	const strange = "  strange_parameter yes\n  <strange_section a.b>\n    inner 1\n  </strange_section>\n"
	for _, kind := range []string{"elasticsearch", "elasticsearch_data_stream", "opensearch", "opensearch_data_stream", "kafka2", "rdkafka2", "loki", "file", "stdout", "null", "relabel", "copy", "forward", "s3", "http", "splunk_hec", ""} {
		for _, filter := range []string{"grep", "record_transformer", "record_modifier", "parser", "geoip", ""} {
			text := "<source>\n  @type tail\n  path /var/log/audit.log\n  tag audit\n" + strange + "  <parse>\n    @type json\n" + strange + "  </parse>\n</source>\n" +
				"<filter audit>\n  @type " + filter + "\n" + strange + "</filter>\n<match audit>\n  @type " + kind + "\n" + strange + "  <buffer>\n" + strange + "  </buffer>\n</match>\n" +
				"<system>\n" + strange + "</system>\n<strange>\n</strange>\n"
			accountForAll(t, text)
		}
	}
}

// TestParametersOfALabel: what stands in a label that is followed, and in no section of it, is told of, too.
func TestParametersOfALabel(t *testing.T) {
	const text = "<source>\n@type tail\npath /var/log/audit.log\n@label @AUDIT\n</source>\n<label @AUDIT>\nstrange_parameter yes\n<match>\n@type stdout\n</match>\n</label>\n"
	accountForAll(t, text)
}

// TestGoldenConfigurationsAreRight: what was written passes auditship validate.
func TestGoldenConfigurationsAreRight(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	for _, name := range []string{"FLUENT_ELASTICSEARCH_HOST", "FLUENT_ELASTICSEARCH_PORT", "FLUENT_ELASTICSEARCH_SCHEME", "KAFKA_PASSWORD", "LOKI_USERNAME", "LOKI_PASSWORD", "HEC_TOKEN", "FLUENT_FOWARD_HOST"} {
		value, _ := environment(name)
		t.Setenv(name, value)
	}
	written, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(written) < 6 {
		t.Fatal(written, err)
	}
	for _, file := range written {
		if _, err := config.Load(file); err != nil {
			t.Error(err)
		}
	}
}

// TestSecretsAreNotTold: the report repeats no value of a password.
func TestSecretsAreNotTold(t *testing.T) {
	for _, file := range files(t) {
		text, err := os.ReadFile(strings.TrimSuffix(file, ".conf") + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"s3cret", ":secret", "topsecret"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s: the report has %q", file, secret)
			}
		}
	}
}

func TestNothingToConvert(t *testing.T) {
	for _, text := range []string{"", "<source>\n@type forward\n</source>\n", "<source>\n@type tail\npath /a\n</source>\n<source>\n@type tail\npath /b\n</source>\n"} {
		root, err := (&conf.Parser{}).Parse("a.conf", text)
		if err != nil {
			t.Fatal(err)
		}
		if result, err := convert("a.conf", root, nil, options()); err == nil || !strings.Contains(fmt.Sprint(err), "--source") {
			t.Errorf("%q: got %v and %s", text, err, result.YAML)
		}
		o := options()
		o.Source = "/b"
		if result, err := convert("a.conf", root, nil, o); strings.Contains(text, "/b") && (err != nil || len(result.Logs) != 1 || result.Logs[0].Path != "/b") {
			t.Errorf("%q: got %v for /b", text, err)
		}
	}
}

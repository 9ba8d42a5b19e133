package loki

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/auditship/auditship/agent/unit"

	"github.com/auditship/auditship/outputs/credentials"
)

// What Loki takes by default: max_label_names_per_series, max_label_name_length and max_label_value_length in
// https://grafana.com/docs/loki/latest/configure/#limits_config.
const (
	maxLabels     = 15
	maxLabelName  = 1024
	maxLabelValue = 2048
)

var (
	labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
	// https://grafana.com/docs/loki/latest/operations/multi-tenancy/; "|" would name several tenants, which only
	// queries may do.
	tenantName = regexp.MustCompile(`^[a-zA-Z0-9!._*'()-]{1,150}$`)
)

// Validate reports all that is wrong with the block: the path of a key below it, and what to do.
func (c Config) Validate(report func(path, problem string)) {
	c.validateURL(report)
	if c.Tenant != "" && (!tenantName.MatchString(c.Tenant) || c.Tenant == "." || c.Tenant == "..") {
		report("tenant", "must be at most 150 letters, digits and ! - _ . * ' ( )")
	}
	c.validateLabels(report)
	credentials.Token{Key: "bearer_token", Noun: "a bearer token", Value: c.BearerToken, File: c.BearerTokenFile}.
		Validate(credentials.Basic{Username: c.Username, Password: c.Password, PasswordFile: c.PasswordFile}, report)
	if c.StreamRate != 0 && c.StreamRate < minStreamRate {
		report("stream_rate", "must be at least "+unit.Size(minStreamRate).String()+" per second, or left out")
	}
	c.TLS.Validate(func(path, problem string) { report("tls."+path, problem) })
}

func (c Config) validateURL(report func(path, problem string)) {
	u, problem := credentials.URL(c.URL, "https://loki:3100")
	switch {
	case problem != "":
		report("url", problem)
	case u.RawQuery != "" || u.Fragment != "":
		report("url", "must end after its path")
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), pushPath):
		report("url", "leave out "+pushPath+": it is added")
	case u.Scheme == "http" && c.TLS != nil:
		report("tls", "has no effect on http: make the url begin with https://")
	}
}

func (c Config) validateLabels(report func(path, problem string)) {
	names := make([]string, 0, len(c.Labels))
	for name := range c.Labels {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if problem := problemOfLabel(name, c.Labels[name]); problem != "" {
			report("labels."+name, problem)
		}
	}
	if most := maxLabels - len(ownLabels); len(names) > most {
		report("labels", fmt.Sprintf("must be at most %d: Loki takes %d, and %s are added", most, maxLabels, strings.Join(ownLabels, ", ")))
	}
}

func problemOfLabel(name, value string) string {
	switch {
	case slices.Contains(ownLabels, name):
		return "is set by auditship: choose another name"
	case strings.HasPrefix(name, "__"):
		return "must not begin with __: these names are Loki's own"
	case !labelName.MatchString(name):
		return "must be letters, digits and _ and not begin with a digit"
	case len(name) > maxLabelName:
		return fmt.Sprintf("must have a name of at most %d bytes", maxLabelName)
	case value == "":
		return "has no value: give one, or leave the label out"
	case !utf8.ValidString(value):
		return "must be UTF-8"
	case len(value) > maxLabelValue:
		return fmt.Sprintf("must be at most %d bytes long", maxLabelValue)
	}
	return ""
}

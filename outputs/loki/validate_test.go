package loki

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/outputs/credentials"
)

func TestValidate(t *testing.T) {
	many := map[string]string{}
	for i := range 11 {
		many[fmt.Sprint("l", i)] = "v"
	}
	long := strings.Repeat("x", 2049)
	for name, c := range map[string]struct {
		cfg  Config
		want []string // paths
	}{
		"all":             {Config{URL: "https://loki:3100/prefix/", Tenant: "team-a", Labels: map[string]string{"job": "a", "_b": "ü"}, Username: "u", PasswordFile: "/p", TLS: &credentials.TLS{CAFile: "/ca"}, StreamRate: 1 << 20}, nil},
		"token":           {Config{URL: "http://[::1]:3100", BearerTokenFile: "/t"}, nil},
		"no url":          {Config{}, []string{"url"}},
		"no scheme":       {Config{URL: "loki:3100"}, []string{"url"}},
		"no address":      {Config{URL: "http://a b"}, []string{"url"}},
		"no host":         {Config{URL: "http://:3100"}, []string{"url"}},
		"secret in url":   {Config{URL: "https://u:secret@loki"}, []string{"url"}},
		"query":           {Config{URL: "https://loki?a=b"}, []string{"url"}},
		"push path":       {Config{URL: "https://loki/loki/api/v1/push/"}, []string{"url"}},
		"tls on http":     {Config{URL: "http://loki", TLS: &credentials.TLS{}}, []string{"tls"}},
		"tls":             {Config{URL: "https://loki", TLS: &credentials.TLS{CertFile: "/c"}}, []string{"tls.cert_file"}},
		"tenants":         {Config{URL: "https://loki", Tenant: "a|b"}, []string{"tenant"}},
		"tenant is a dir": {Config{URL: "https://loki", Tenant: ".."}, []string{"tenant"}},
		"tenant breaks":   {Config{URL: "https://loki", Tenant: "a\r\nb"}, []string{"tenant"}},
		"labels": {Config{URL: "https://loki", Labels: map[string]string{"a b": "c", "1a": "c", "__x": "c", "hour": "c", "job": "", "z": long, "bad": "\xff", long: "v"}},
			[]string{"labels.1a", "labels.__x", "labels.a b", "labels.bad", "labels.hour", "labels.job", "labels." + long, "labels.z"}},
		"many labels":     {Config{URL: "https://loki", Labels: many}, []string{"labels"}},
		"two credentials": {Config{URL: "https://loki", Username: "u", Password: "p", BearerToken: "t"}, []string{"bearer_token"}},
		"secrets twice":   {Config{URL: "https://loki", Username: "u", Password: "p", PasswordFile: "/p"}, []string{"password_file"}},
		"tokens twice":    {Config{URL: "https://loki", BearerToken: "t", BearerTokenFile: "/t"}, []string{"bearer_token_file"}},
		"no password":     {Config{URL: "https://loki", Username: "u"}, []string{"username"}},
		"no username":     {Config{URL: "https://loki", PasswordFile: "/p"}, []string{"username"}},
		"slow":            {Config{URL: "https://loki", StreamRate: 1}, []string{"stream_rate"}},
	} {
		var got []string
		c.cfg.Validate(func(path, problem string) {
			got = append(got, path)
			if strings.Contains(problem, "secret") || problem == "" {
				t.Errorf("%s: %s", name, problem)
			}
		})
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

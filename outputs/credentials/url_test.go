package credentials

import (
	"strings"
	"testing"
)

func TestURL(t *testing.T) {
	for address, want := range map[string]string{
		"https://loki:3100":       "",
		"http://[::1]:3100/a?b#c": "",
		"":                        "is missing: write it as https://example",
		"https://a b":             "is no address: write it as https://example",
		"loki:3100":               "must begin with https:// or http://",
		"https://:3100":           "has no host: write it as https://example",
		"https://u:secret@loki":   "must not hold credentials: use username and password_file",
		"https://u:secret@%zz":    "is no address: write it as https://example",
	} {
		u, problem := URL(address, "https://example")
		if problem != want || strings.Contains(problem, "secret") {
			t.Errorf("%q: %q, want %q", address, problem, want)
		}
		if problem == "" && u.String() != address {
			t.Errorf("%q: got %q", address, u)
		}
	}
}

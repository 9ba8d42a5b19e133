package elasticsearch

import (
	"testing"
	"time"
)

func TestPattern(t *testing.T) {
	late := time.Date(2026, 1, 2, 23, 30, 0, 0, time.FixedZone("", -3600)) // the 3rd in UTC
	for text, want := range map[string][2]string{
		"audit-%Y.%m.%d": {"audit-2026.01.03", "audit-*.*.*"},
		"audit-%Y-%m":    {"audit-2026-01", "audit-*-*"},
		"%Y%m%d":         {"20260103", "***"},
		"audit":          {"audit", "audit"},
	} {
		p, err := parsePattern(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := string(p.appendName(nil, late)); got != want[0] {
			t.Errorf("%s names %s, want %s", text, got, want[0])
		}
		if got := p.wildcard(); got != want[1] {
			t.Errorf("%s matches %s, want %s", text, got, want[1])
		}
	}
	for _, text := range []string{"audit-%y", "audit-%", "%%", "%H"} {
		if _, err := parsePattern(text); err == nil {
			t.Errorf("%s gave no error", text)
		}
	}
}

package query

import (
	"net/url"
	"testing"
)

// TestDecodePath: one layer goes, as net/url has it, and what is no encoding stays.
func TestDecodePath(t *testing.T) {
	for _, path := range []string{"", "/a+b", "/%65xec", "/%2565xec", "/%2f%2F..%2e", "/%ff%00", "/%E2%80%AE"} {
		want, err := url.PathUnescape(path)
		if got := string(DecodePath([]byte(path))); err != nil || got != want {
			t.Errorf("%q: %q, want %q (%v)", path, got, want, err)
		}
	}
	for path, want := range map[string]string{"/%": "/%", "/%6": "/%6", "/%zz%41": "/%zzA", "%%41": "%A"} {
		if got := string(DecodePath([]byte(path))); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

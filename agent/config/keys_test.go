package config

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"batch", "brokers", "compression", "key", "max_bytes", "max_events", "sasl", "tls", "topic"}
	for key, want := range map[string]string{
		"topik": "topic", "topci": "topic", "Topic": "topic", "maxBytes": "max_bytes", "max-event": "max_events", "borkers": "brokers",
		"compresion": "compression", "kye": "key", "keys": "key", "tsl": "tls", "batches": "batch",
		"": "", "x": "", "zebra": "", "username": "", strings.Repeat("topic", 1000): "",
	} {
		if got := nearest(key, known); got != want {
			t.Errorf("nearest(%.20q) = %q, want %q", key, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "", 3}, {"", "abc", 3}, {"abc", "acb", 1}, {"abc", "xbc", 1}, {"abc", "abcd", 1}, {"kitten", "sitting", 3}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestShow(t *testing.T) {
	for word, want := range map[string]string{"max_bytes": "max_bytes", "": `""`, "a b": `"a b"`, "a\u202eb": `"a\u202eb"`, "\x1b[2J": `"\x1b[2J"`, "a.b": `"a.b"`} {
		if got := show(word); got != want {
			t.Errorf("show(%q) = %s, want %s", word, got, want)
		}
	}
	if got := show(strings.Repeat("é", 100)); len(got) > 80 {
		t.Errorf("got %d bytes: %s", len(got), got)
	}
}

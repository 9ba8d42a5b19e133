package unit

import "testing"

func TestParseSize(t *testing.T) {
	for text, want := range map[string]Size{
		"0": 0, "512": 512, "512B": 512, "1KiB": 1024, "16MiB": 16 << 20, "2GiB": 2 << 30, "1.5MiB": 3 << 19, "10 MB": 10_000_000,
	} {
		got, err := ParseSize(text)
		if err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "many", "1XiB", "9999999TiB", "NaN", "inf"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", text, got)
		}
	}
}

func TestSizeString(t *testing.T) {
	for size, want := range map[Size]string{0: "0", 1000: "1000", 1 << 20: "1MiB", 3 << 30: "3GiB", 1536: "1536"} {
		if got := size.String(); got != want {
			t.Errorf("Size(%d) = %q, want %q", size, got, want)
		}
	}
}

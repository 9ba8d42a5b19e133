package fluentd

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var sizeForm = regexp.MustCompile(`^(-?[0-9]+)([kmgtKMGT]?)[bB]?$`)

// parseSize reads fluentd's sizes: 8m, 256k, powers of 1024 (https://docs.fluentd.org/configuration/config-file#supported-data-types-for-values).
func parseSize(text string) (int64, bool) {
	match := sizeForm.FindStringSubmatch(strings.TrimSpace(text))
	if match == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(match[1], 10, 40)
	shift := 10 * (strings.Index("kmgt", strings.ToLower(match[2])) + 1)
	if match[2] == "" {
		shift = 0
	}
	return n << shift, err == nil
}

func sizeText(n int64) string {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= unit.bytes && n%unit.bytes == 0 {
			return fmt.Sprintf("%d%s", n/unit.bytes, unit.name)
		}
	}
	return strconv.FormatInt(n, 10)
}

var timeForm = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)([smhd]?)$`)

// parseTime reads fluentd's times: 5s, 0.2, 1h.
func parseTime(text string) (time.Duration, bool) {
	match := timeForm.FindStringSubmatch(strings.TrimSpace(text))
	if match == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(match[1], 64)
	unit := map[string]time.Duration{"": time.Second, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[match[2]]
	return time.Duration(n * float64(unit)), err == nil && n < 1e6
}

// timeText writes a duration as configurations do: 5s, 200ms, 1m.
func timeText(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

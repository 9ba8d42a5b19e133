package simulate

import (
	"fmt"
	"strconv"
)

// number is n with a comma at every thousand.
func number(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func events(n uint64) string {
	if n == 1 {
		return "1 event"
	}
	return number(n) + " events"
}

// size is a number of bytes in powers of 1000, as disks are sold.
func size(bytes uint64) string {
	value, unit := float64(bytes), 0
	units := [...]string{"B", "kB", "MB", "GB", "TB", "PB"}
	for value >= 999.95 && unit < len(units)-1 {
		value, unit = value/1000, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", bytes)
	}
	return fmt.Sprintf("%.1f %s", value, units[unit])
}

// share is a part in percent. What is there is never 0.0 %, and what is not all never 100.0 %.
func share(part, all uint64) string {
	switch percent := 100 * float64(part) / float64(max(all, 1)); {
	case part > 0 && percent < 0.05:
		return "<0.1 %"
	case part < all && percent >= 99.95:
		return ">99.9 %"
	default:
		return fmt.Sprintf("%.1f %%", percent)
	}
}

// ratio is how much of one comes for each of the other.
func ratio(a, b uint64) string { return fmt.Sprintf("%.2f", float64(a)/float64(max(b, 1))) }

// Package unit has the units of the configuration that YAML does not know.
package unit

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Size is a number of bytes, written as 512, 64KiB, 16MiB or 2GiB (also KB, MB and GB: powers of 1000).
type Size int64

var sizes = []struct {
	suffix string
	bytes  float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}, {"", 1},
}

// ParseSize reads a Size.
func ParseSize(text string) (Size, error) {
	for _, unit := range sizes {
		number, ok := strings.CutSuffix(text, unit.suffix)
		if !ok {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || value < 0 || math.IsNaN(value) || value*unit.bytes > math.MaxInt64/2 {
			break
		}
		return Size(value * unit.bytes), nil
	}
	return 0, fmt.Errorf("%q is no size: write a number of bytes with a unit, such as 512KiB, 16MiB or 2GiB", text)
}

// UnmarshalYAML reads a Size from a scalar.
func (s *Size) UnmarshalYAML(node *yaml.Node) error {
	size, err := ParseSize(node.Value)
	if err != nil {
		return err
	}
	*s = size
	return nil
}

// String writes the size in the largest unit that keeps it whole.
func (s Size) String() string {
	for _, unit := range []struct {
		suffix string
		bytes  Size
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if s >= unit.bytes && s%unit.bytes == 0 {
			return strconv.FormatInt(int64(s/unit.bytes), 10) + unit.suffix
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

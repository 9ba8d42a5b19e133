package event

import "math"

// The members of a responseStatus (meta/v1 Status) that are read, as far as they come in an audit event.
const (
	reason = iota
	code
)

var statusNames = [...]string{reason: "reason", code: "code"}

var statusKeys = newNames(statusNames[:])

// status reads a responseStatus at i.
func (d *Decoder) status(i int, e *Event) int {
	seen, expect := Fields(0), 0
	i, more := d.open(i, '{')
	for more {
		f, value := d.member(statusKeys, expect, i)
		if value < 0 {
			return value
		}
		if f < len(statusNames) && seen.Has(Field(f)) {
			return d.fail(duplicate, i)
		}
		seen = seen | 1<<f
		switch f {
		case reason:
			i = d.text(value, &e.StatusReason)
		case code:
			i = d.int32(value, &e.Code)
		default:
			i = d.skip(value, 2)
		}
		if i < 0 {
			return i
		}
		i, more = d.next(i, '}')
	}
	return i
}

// int32 reads an integer into n, or null, which leaves n alone. As for encoding/json, 2e2 and 200.0 are none.
func (d *Decoder) int32(i int, n *int) int {
	if c := d.data[i]; c != '-' && (c < '0' || c > '9') {
		return d.null(i)
	}
	end := numberEnd(d.data, i)
	if end < 0 {
		return d.fail(invalidJSON, ^end)
	}
	v, ok := parseInt32(d.data[i:end])
	if !ok {
		return d.fail(wrongType, i)
	}
	*n = v
	return end
}

// parseInt32 parses a valid JSON number.
func parseInt32(number []byte) (int, bool) {
	digits := number
	if number[0] == '-' {
		digits = number[1:]
	}
	if len(digits) > len("2147483648") {
		return 0, false
	}
	n := int64(0)
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if number[0] == '-' {
		n = -n
	}
	return int(n), n >= math.MinInt32 && n <= math.MaxInt32
}

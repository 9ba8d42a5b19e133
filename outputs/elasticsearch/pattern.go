package elasticsearch

import (
	"errors"
	"strings"
	"time"
)

// pattern is the name of an index with places for parts of a date, as strftime (POSIX) writes them: %Y %m %d.
type pattern []string // verbatim parts, and "%Y", "%m", "%d"

func parsePattern(text string) (pattern, error) {
	var p pattern
	for text != "" {
		at := strings.IndexByte(text, '%')
		switch {
		case at < 0:
			return append(p, text), nil
		case at > 0:
			p, text = append(p, text[:at]), text[at:]
		case len(text) >= 2 && strings.IndexByte("Ymd", text[1]) >= 0:
			p, text = append(p, text[:2]), text[2:]
		default:
			return nil, errors.New("has an unknown %: only %Y, %m and %d can stand in it, as in audit-%Y.%m.%d")
		}
	}
	return p, nil
}

// appendName appends the name of the index that holds events of the time.
func (p pattern) appendName(dst []byte, t time.Time) []byte {
	year, month, day := t.UTC().Date()
	for _, part := range p {
		switch part {
		case "%Y":
			dst = appendDigits(dst, year, 1000)
		case "%m":
			dst = appendDigits(dst, int(month), 10)
		case "%d":
			dst = appendDigits(dst, day, 10)
		default:
			dst = append(dst, part...)
		}
	}
	return dst
}

func appendDigits(dst []byte, n, unit int) []byte {
	for ; unit > 0; unit /= 10 {
		dst = append(dst, byte('0'+n/unit%10))
	}
	return dst
}

// wildcard matches the names of all days.
func (p pattern) wildcard() string {
	var b strings.Builder
	for _, part := range p {
		if part[0] == '%' {
			part = "*"
		}
		b.WriteString(part)
	}
	return b.String()
}

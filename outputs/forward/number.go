package forward

import (
	"bytes"
	"math"
	"strconv"

	"github.com/tinylib/msgp/msgp"
)

// sureDigits is how many decimal digits a double keeps, whatever they are.
const sureDigits = 15

// appendNumber appends a JSON number so that none of its digits is lost: as an integer of 64 bits, as a double where that says the
// same, else as a string with the number as it stands there.
func appendNumber(dst, text []byte) []byte {
	if i, err := strconv.ParseInt(string(text), 10, 64); err == nil && !(i == 0 && text[0] == '-') {
		return msgp.AppendInt64(dst, i)
	}
	if u, err := strconv.ParseUint(string(text), 10, 64); err == nil {
		return msgp.AppendUint64(dst, u)
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err == nil && same(f, text) {
		return msgp.AppendFloat64(dst, f)
	}
	return msgp.AppendStringFromBytes(dst, text)
}

// same tells whether a double, parsed from text, has all the digits that stand there.
func same(f float64, text []byte) bool {
	var room, back [64]byte
	digits := appendDigits(room[:0], text)
	if len(digits) <= sureDigits && math.Abs(f) >= 0x1p-1022 { // smaller ones have fewer digits
		return true
	}
	return bytes.Equal(digits, appendDigits(back[:0], strconv.AppendFloat(make([]byte, 0, 32), f, 'e', -1, 64)))
}

// appendDigits appends the significant digits of a number, without zeros before and behind them.
func appendDigits(dst, text []byte) []byte {
	start := len(dst)
	for _, c := range text {
		if c == 'e' || c == 'E' {
			break
		}
		if c >= '1' && c <= '9' || c == '0' && len(dst) > start {
			dst = append(dst, c)
		}
	}
	return bytes.TrimRight(dst, "0")
}

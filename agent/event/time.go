package event

import "time"

// Time is a timestamp field (RFC 3339), in UTC; false where it is absent or is none.
func (e *Event) Time(f Field) (time.Time, bool) {
	text := e.Text(f)
	content := e.Bytes(text.Span)
	if t, ok := parseTime(content); ok {
		return t, true
	}
	if !text.Present() {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, e.String(text))
	return t.UTC(), err == nil
}

// Stopwatch tells how much time is between two timestamp fields. It remembers the last minute that it has seen, since that
// is the minute of the next event as well, mostly. It belongs to one goroutine.
type Stopwatch struct {
	minute [len("2006-01-02T15:04:")]byte // known to be valid; zero: none
}

// Elapsed is the time from one field to the other; false where one is absent or is none.
func (s *Stopwatch) Elapsed(e *Event, from, to Field) (time.Duration, bool) {
	a, b := e.Bytes(e.Text(from).Span), e.Bytes(e.Text(to).Span)
	begin, ok := s.inMinute(a)
	if !ok {
		if _, plain := parseTime(a); plain {
			copy(s.minute[:], a)
			begin, ok = s.inMinute(a)
		}
	}
	if end, same := s.inMinute(b); ok && same {
		return end - begin, true
	}
	first, ok1 := e.Time(from)
	last, ok2 := e.Time(to)
	return last.Sub(first), ok1 && ok2
}

// inMinute is the time since the beginning of the minute that is remembered; false for times outside.
func (s *Stopwatch) inMinute(b []byte) (time.Duration, bool) {
	const seconds = len("05Z")
	if len(b) < len(s.minute)+seconds || string(b[:len(s.minute)]) != string(s.minute[:]) || b[len(b)-1] != 'Z' {
		return 0, false
	}
	second := twoDigits(b, len(s.minute))
	nanos, ok := parseFraction(b[len(s.minute)+2 : len(b)-1])
	return time.Duration(second)*time.Second + time.Duration(nanos), ok && second >= 0 && second <= 59
}

// parseTime parses the form in which the API server writes times (metav1.MicroTime, with any number of digits in the
// fraction up to nine): several times as fast as time.Parse.
func parseTime(b []byte) (time.Time, bool) {
	const form = "2006-01-02T15:04:05Z"
	if len(b) < len(form) || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' || b[len(b)-1] != 'Z' {
		return time.Time{}, false
	}
	century, y, month, day := twoDigits(b, 0), twoDigits(b, 2), twoDigits(b, 5), twoDigits(b, 8)
	hour, minute, second := twoDigits(b, 11), twoDigits(b, 14), twoDigits(b, 17)
	nanos, ok := parseFraction(b[19 : len(b)-1])
	year := 100*century + y
	if !ok || century < 0 || y < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(month, year) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return time.Time{}, false
	}
	seconds := int64(daysUntil(year, month, day))*86_400 + int64((hour*60+minute)*60+second)
	return time.Unix(seconds, int64(nanos)).UTC(), true
}

// daysUntil is how many days a date of the Gregorian calendar is behind 1 January 1970. Years begin with March here, so that
// the leap day is the last of them, and 400 years, which are 146,097 days, are added so that nothing is negative.
func daysUntil(year, month, day int) int {
	if month < 3 {
		year, month = year-1, month+12
	}
	year += 400
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - (719_468 + 146_097)
}

// twoDigits is the number that the two digits at i say, negative if they are none.
func twoDigits(b []byte, i int) int {
	tens, units := b[i]-'0', b[i+1]-'0'
	if tens > 9 || units > 9 {
		return -1
	}
	return int(tens)*10 + int(units)
}

// parseFraction is the nanoseconds that nothing, or a point and one to nine digits, say.
func parseFraction(b []byte) (nanos int, ok bool) {
	if len(b) == 0 {
		return 0, true
	}
	if b[0] != '.' || len(b) == 1 || len(b) > 10 {
		return 0, false
	}
	for i := 1; i < 10; i++ {
		nanos *= 10
		if i < len(b) {
			digit := b[i] - '0'
			if digit > 9 {
				return 0, false
			}
			nanos += int(digit)
		}
	}
	return nanos, true
}

func daysIn(month, year int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

package redact

// These bound what is remembered of one event. Shorter values are found everywhere, and hide nothing then.
const (
	mostValues    = 64
	mostBytes     = 64 << 10
	shortestValue = 6
)

// values are what was hidden in an event, to find where the server repeats it.
type values struct {
	text []byte
	ends []int // of each of them
	over bool  // there are more

	closed bool // no more are wanted: those that come are repetitions
}

func (v *values) reset() { *v = values{text: v.text[:0], ends: v.ends[:0]} }

func (v *values) at(i int) []byte {
	start := 0
	if i > 0 {
		start = v.ends[i-1]
	}
	return v.text[start:v.ends[i]]
}

// remember keeps a value, once.
func (v *values) remember(value []byte) {
	if v.closed || len(value) < shortestValue {
		return
	}
	for i := range v.ends {
		if string(v.at(i)) == string(value) {
			return
		}
	}
	if len(v.ends) == mostValues || len(v.text)+len(value) > mostBytes {
		v.over = true
		return
	}
	v.text = append(v.text, value...)
	v.ends = append(v.ends, len(v.text))
}

// back forgets all but the first n.
func (v *values) back(n int) {
	v.ends = v.ends[:n]
	end := 0
	if n > 0 {
		end = v.ends[n-1]
	}
	v.text = v.text[:end]
}

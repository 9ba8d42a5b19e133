// Package stdout tells the audit events in what kube-apiserver prints with --audit-log-path=- from everything else: the lines
// of klog and what continues them, and the JSON of other loggers.
//
// Where both go into one pipe, what one writes may cut what the other does: a write of up to 4096 bytes is one piece
// (PIPE_BUF, pipe(7)), a longer one is not. The rest of a cut event then stands behind the line that cut it, at the
// beginning of a line of its own. Events are put together again; what can't be is given as it came, for nothing is lost
// silently: it is no valid event, and becomes a dead letter.
package stdout

import (
	"bytes"
	"encoding/json"
	"regexp"
)

// prefix is what every event begins with, as k8s.io/apiserver/plugin/pkg/audit/log writes it.
var prefix = []byte(`{"kind":"Event","apiVersion":"audit.k8s.io/`)

// intruder is how a line begins that may have cut an event: klog's header (k8s.io/klog/v2, internal/buffer), or zap's JSON.
var intruder = regexp.MustCompile(`[IWEF][01][0-9][0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{6} +[0-9]+ [^ :\]"]{1,128}:[0-9]+\] |\{"level":"`)

// pipeBuf is how long a write may be that nothing can cut.
const pipeBuf = 4096

// What may wait for the rest of an event, at most. Its writer may not get the processor while others print a lot.
const (
	maxBytes  = 32 << 20
	maxStarts = 16      // readings of what was cut where
	maxTried  = 1 << 30 // bytes of what may be the event, and was looked at: texts in it may look like cuts, and each of many lines like its end
)

// bom is what some editors put before the first line of a file (U+FEFF).
var bom = []byte("\xef\xbb\xbf")

// Splitter tells the lines of one stream apart. Event and Other are called with what is valid until they return.
type Splitter struct {
	Event func(record []byte) // an event; or what began as one and has no end
	Other func(line []byte)   // any other line, or what of one stood before or behind an event

	lines    [][]byte // what waits
	size     int      // of them
	tried    int
	readings []reading // how they may belong together, the likeliest first
}

// reading is one way to read what waits: the event so far, and in which lines it was cut. All else came between.
type reading struct {
	event []byte
	cuts  []cut
}

// cut is a line whose bytes before at belong to the event, and those behind to what cut it.
type cut struct{ line, at int }

// Idle tells whether nothing waits for its end.
func (s *Splitter) Idle() bool { return len(s.lines) == 0 }

// Add takes a line.
func (s *Splitter) Add(line []byte) {
	line = bytes.TrimPrefix(line, bom)
	if len(s.lines) > 0 {
		if !bytes.HasPrefix(line, prefix) && s.size+len(line) < maxBytes && s.tried < maxTried {
			s.goOn(line)
			return
		}
		s.Flush() // events are written one after the other: the rest of the last one would have come before
	}
	switch {
	case bytes.HasPrefix(line, prefix) && json.Valid(line):
		s.Event(line)
	case bytes.HasPrefix(line, prefix) || cutEarly(line):
		s.hold(line)
		s.readings = s.cuts(nil, reading{})
	default:
		s.other(line)
	}
}

// cutEarly tells whether a line begins with an event of which too little stands here to know it: the first piece of a long write
// is what is left of a page.
func cutEarly(line []byte) bool {
	if len(line) == 0 || line[0] != prefix[0] {
		return false
	}
	at := intruder.FindIndex(line[:min(len(line), len(prefix)+intruderLength)])
	return at != nil && at[0] > 0 && at[0] < len(prefix) && bytes.HasPrefix(prefix, line[:at[0]])
}

// intruderLength is more than what intruder matches.
const intruderLength = 256

// other takes a line that does not begin as an event does. One that is so long that it may have been cut may hold one.
func (s *Splitter) other(line []byte) {
	if len(line) > pipeBuf {
		if i := bytes.Index(line, prefix); i >= 0 && json.Valid(line[i:]) {
			s.Other(line[:i])
			s.Event(line[i:])
			return
		}
	}
	s.Other(line)
}

func (s *Splitter) hold(line []byte) {
	s.lines = append(s.lines, bytes.Clone(line))
	s.size += len(line)
}

// goOn looks whether a line is the rest of the event that waits. If it is not it was cut once more, or it came between.
func (s *Splitter) goOn(line []byte) {
	s.hold(line)
	if len(line) == 0 || line[len(line)-1] == '}' {
		for _, r := range s.readings {
			event := join(r.event, line)
			if s.tried += len(event); bytes.HasPrefix(event, prefix) && json.Valid(event) {
				s.resolve(event, r)
				return
			}
		}
	}
	var next []reading
	for _, r := range s.readings {
		if next = s.cuts(next, r); len(next) == 0 || held(next)+len(r.event) <= maxBytes {
			next = append(next, r)
		}
	}
	s.readings = next[:min(len(next), maxStarts)]
}

// resolve gives an event that ends with the last line, and what came between.
func (s *Splitter) resolve(event []byte, r reading) {
	s.Event(event)
	for i, line := range s.lines[:len(s.lines)-1] {
		if len(r.cuts) > 0 && r.cuts[0].line == i {
			line, r.cuts = line[r.cuts[0].at:], r.cuts[1:]
		}
		s.Other(line)
	}
	s.reset()
}

// cuts appends the ways in which the last line may go on with the event and then be cut. The last place is the likeliest: what
// cuts a line goes to its end, and a text in an event may look like anything.
func (s *Splitter) cuts(to []reading, r reading) []reading {
	last := len(s.lines) - 1
	line := s.lines[last]
	places := starts(line)
	for i := len(places) - 1; i >= 0 && len(to) < maxStarts; i-- {
		at := places[i]
		if len(to) > 0 && held(to)+len(r.event)+at > maxBytes {
			break
		}
		to = append(to, reading{join(r.event, line[:at]), append(r.cuts[:len(r.cuts):len(r.cuts)], cut{last, at})})
	}
	return to
}

// starts are the last places at which something else may begin within a line: where it begins with that, all of it came between.
func starts(line []byte) (places []int) {
	for from := 0; ; {
		at := intruder.FindIndex(line[from:])
		if at == nil {
			return places
		}
		if from+at[0] > 0 {
			if len(places) == maxStarts {
				places = places[:copy(places, places[1:])]
			}
			places = append(places, from+at[0])
		}
		from += at[1]
	}
}

// held is how many bytes readings hold.
func held(readings []reading) (size int) {
	for _, r := range readings {
		size += len(r.event)
	}
	return size
}

func join(a, b []byte) []byte { return append(append(make([]byte, 0, len(a)+len(b)), a...), b...) }

// Flush gives what waits as it came: the event has no end, because its writer died, say.
func (s *Splitter) Flush() {
	for i, line := range s.lines {
		if i == 0 {
			s.Event(line)
		} else {
			s.Other(line)
		}
	}
	s.reset()
}

func (s *Splitter) reset() { s.lines, s.size, s.tried, s.readings = nil, 0, 0, nil }

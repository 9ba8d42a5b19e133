// Package cri reads the lines of a container's log as a container runtime writes them (the CRI log format of
// k8s.io/cri-api: TIMESTAMP STREAM TAGS CONTENT), and joins what the runtime cut: containerd cuts at 16384 bytes of content.
package cri

import (
	"bytes"
	"errors"
)

// Stream is where a container wrote a line.
type Stream uint8

// The streams.
const (
	Stdout Stream = iota
	Stderr
)

// MaxLine is how long a joined line may become. One that is longer comes in pieces.
const MaxLine = 64 << 20

// ErrFormat is what a line is told to be that no runtime writes.
var ErrFormat = errors.New("no line in the CRI log format")

// Joiner joins the parts of lines, of each stream on its own.
type Joiner struct{ parts [2][]byte }

// Add takes a line of the file. It returns a line that the container wrote, valid until the next call, when it is complete.
func (j *Joiner) Add(line []byte) (content []byte, from Stream, complete bool, err error) {
	from, partial, content, ok := parse(line)
	if !ok {
		return nil, 0, false, ErrFormat
	}
	held := j.parts[from]
	if !partial && len(held) == 0 {
		return content, from, true, nil
	}
	held = append(held, content...)
	if partial && len(held) < MaxLine {
		j.parts[from] = held
		return nil, from, false, nil
	}
	j.parts[from] = held[:0]
	return held, from, true, nil
}

// Idle tells whether nothing waits for its end.
func (j *Joiner) Idle() bool { return len(j.parts[Stdout]) == 0 && len(j.parts[Stderr]) == 0 }

// Flush returns what waits for its end on a stream; nil: nothing does.
func (j *Joiner) Flush(of Stream) []byte {
	held := j.parts[of]
	j.parts[of] = nil
	return held
}

var (
	stdout = []byte("stdout")
	stderr = []byte("stderr")
)

func parse(line []byte) (from Stream, partial bool, content []byte, ok bool) {
	_, rest, ok1 := bytes.Cut(line, []byte{' '})
	name, rest, ok2 := bytes.Cut(rest, []byte{' '})
	tags, content, ok3 := bytes.Cut(rest, []byte{' '})
	if !ok3 { // an empty line has no blank behind its tag in some runtimes
		tags, ok3 = rest, true
	}
	tag, _, _ := bytes.Cut(tags, []byte{':'})
	switch {
	case bytes.Equal(name, stdout):
	case bytes.Equal(name, stderr):
		from = Stderr
	default:
		return 0, false, nil, false
	}
	partial = string(tag) == "P"
	return from, partial, content, ok1 && ok2 && ok3 && (partial || string(tag) == "F")
}

package auditlog

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

const (
	auditIDKey  = `"auditID":"`
	receivedKey = `,"requestReceivedTimestamp":"`
	stageKey    = `","stageTimestamp":"`
	micros      = "2006-01-02T15:04:05.000000Z" // metav1.MicroTime
	uuidLength  = 36
)

// template is a real line and where in it the parts are that change.
type template struct {
	line                     []byte // with its newline
	auditID, received, stage int
	latency                  time.Duration
}

// Generator makes lines like real ones: the lines of a recording in their order, again and again, with new audit IDs and
// the present time.
type Generator struct {
	templates []template
	random    *rand.Rand
	next      int
}

// NewGenerator reads the lines of a recording's plain files, up to limit bytes.
func NewGenerator(corpus string, seed uint64, limit int) (*Generator, error) {
	paths, err := filepath.Glob(filepath.Join(corpus, "audit*.log"))
	if err != nil {
		return nil, err
	}
	g := &Generator{random: rand.New(rand.NewPCG(seed, 0))}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for line := range bytes.Lines(content) {
			if t, ok := parseTemplate(line); ok && limit > 0 {
				g.templates = append(g.templates, t)
				limit -= len(line)
			}
		}
	}
	if len(g.templates) == 0 {
		return nil, fmt.Errorf("make lines: no usable line in %s", corpus)
	}
	return g, nil
}

// parseTemplate finds the parts; lines with an audit ID that the client chose are left out.
func parseTemplate(line []byte) (t template, ok bool) {
	t = template{line: line}
	t.auditID = bytes.Index(line, []byte(auditIDKey)) + len(auditIDKey)
	t.received = bytes.LastIndex(line, []byte(receivedKey)) + len(receivedKey)
	t.stage = t.received + len(micros) + len(stageKey)
	if t.auditID < len(auditIDKey) || t.received < len(receivedKey) || len(line) < t.stage+len(micros)+1 {
		return t, false
	}
	received, err1 := time.Parse(micros, string(line[t.received:t.received+len(micros)]))
	stage, err2 := time.Parse(micros, string(line[t.stage:t.stage+len(micros)]))
	t.latency = stage.Sub(received)
	return t, err1 == nil && err2 == nil && line[t.auditID+uuidLength] == '"' && line[len(line)-1] == '\n'
}

// Append appends the next line and its newline.
func (g *Generator) Append(dst []byte, now time.Time) []byte {
	t := &g.templates[g.next%len(g.templates)]
	g.next++
	start := len(dst)
	dst = append(dst, t.line...)
	line := dst[start:]
	g.putUUID(line[t.auditID:])
	putTime(line[t.received:], now.Add(-t.latency))
	putTime(line[t.stage:], now)
	return dst
}

func putTime(dst []byte, t time.Time) {
	var text [2 * len(micros)]byte // AppendFormat uses more of it than it returns
	copy(dst, t.UTC().AppendFormat(text[:0], micros))
}

func (g *Generator) putUUID(dst []byte) {
	var raw [16]byte
	for i := range raw {
		raw[i] = byte(g.random.Uint32())
	}
	at := 0
	for i, b := range raw {
		hex.Encode(dst[at:], []byte{b})
		if at += 2; i == 3 || i == 5 || i == 7 || i == 9 {
			at++ // the hyphen
		}
	}
}

// AppendHopeless appends a line whose audit ID makes it at least size bytes long: nothing can be left out of it that would
// make it much shorter, and it hardly compresses.
func (g *Generator) AppendHopeless(dst []byte, now time.Time, size int) []byte {
	const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	line := g.Append(nil, now)
	at := bytes.Index(line, []byte(auditIDKey)) + len(auditIDKey)
	dst = append(dst, line[:at]...)
	for range size {
		dst = append(dst, characters[g.random.IntN(len(characters))])
	}
	return append(dst, line[at:]...)
}

// AppendLarge appends a line whose request object makes it at least size bytes long.
func (g *Generator) AppendLarge(dst []byte, now time.Time, size int) []byte {
	for bytes.Contains(g.templates[g.next%len(g.templates)].line, []byte(`"requestObject":`)) {
		g.next++
	}
	line := g.Append(nil, now)
	at := bytes.LastIndex(line, []byte(receivedKey))
	dst = append(dst, line[:at]...)
	dst = append(dst, `,"requestObject":{"kind":"ConfigMap","apiVersion":"v1","data":{"blob":"`...)
	for range size {
		dst = append(dst, 'a'+byte(g.random.Uint32()%26))
	}
	dst = append(dst, `"}}`...)
	return append(dst, line[at:]...)
}

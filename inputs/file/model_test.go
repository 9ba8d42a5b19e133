package file

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/inputs"
)

// model writes, rotates, compresses, deletes and truncates a log at random, knows what is in it, and compares that with
// what a reader says that is stopped, killed and started anew all the time.
type model struct {
	*home
	rand *rand.Rand
	g    *guard // nil: deletions do harm
	tap  *tap

	lines   int    // written so far
	half    string // incomplete last line of the log
	clock   time.Time
	content map[string][]string // of each file
	backups []string            // the oldest first
	written []string            // all that was written, in order
	gone    map[string]bool     // what was destroyed before it was read, perhaps
	trouble bool                // something was destroyed: a gap may be told

	got       []string // what the reader said
	committed []string
	cursor    []byte
}

func TestModel(t *testing.T) {
	seeds := 30
	if n, err := strconv.Atoi(os.Getenv("MODEL_SEEDS")); err == nil {
		seeds = n
	}
	first := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("MODEL_SEED"), 10, 64); err == nil {
		first, seeds = s, 1
	}
	for seed := first; seed < first+uint64(seeds); seed++ {
		for _, guarded := range []bool{true, false} {
			if !t.Run(fmt.Sprintf("seed=%d/guarded=%v", seed, guarded), func(t *testing.T) { runModel(t, seed, guarded) }) {
				return
			}
		}
	}
}

func runModel(t *testing.T, seed uint64, guarded bool) {
	m := &model{home: newHome(t), rand: rand.New(rand.NewPCG(seed, 0)), content: map[string][]string{}, gone: map[string]bool{},
		clock: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	m.tap = m.home.open(inputs.Options{})
	if guarded {
		m.g = newGuard(m.in)
	}
	actions := []func(){m.line, m.line, m.line, m.halfLine, m.rotate, m.compress, m.delete, m.read, m.read, m.commit, m.restart, m.pass}
	if !guarded {
		actions = append(actions, m.truncate)
	}
	m.line()
	m.tap.r.look()
	for range 80 {
		actions[m.rand.IntN(len(actions))]()
		m.pass()
	}
	m.finish()
	m.check()
}

func (m *model) pass() {
	if m.g != nil {
		m.in.guarding.Store(m.g.pass())
	}
}

func (m *model) add(text string) {
	m.write("audit.log", text)
}

func (m *model) line() {
	for range 1 + m.rand.IntN(4) {
		m.lines++
		line := m.half + fmt.Sprintf("line %d", m.lines)
		m.add(fmt.Sprintf("line %d\n", m.lines))
		m.half = ""
		m.content["audit.log"] = append(m.content["audit.log"], line)
		m.written = append(m.written, line)
	}
}

func (m *model) halfLine() {
	m.lines++
	text := fmt.Sprintf("half %d ", m.lines)
	m.add(text)
	m.half += text
}

func (m *model) rotate() {
	if len(m.content["audit.log"]) == 0 && m.half == "" {
		return
	}
	m.clock = m.clock.Add(time.Second)
	if m.g != nil && m.rand.IntN(4) == 0 {
		m.clock = m.clock.Add(-time.Hour - time.Millisecond)
	}
	name := "audit-" + m.clock.Format(lumberjackTime) + ".log"
	m.rename("audit.log", name)
	if m.half != "" {
		m.content["audit.log"] = append(m.content["audit.log"], "~"+m.half)
		m.written = append(m.written, "~"+m.half)
		m.half = ""
	}
	m.content[name] = m.content["audit.log"]
	delete(m.content, "audit.log")
	m.backups = append(m.backups, name)
	m.write("audit.log", "")
}

func (m *model) compress() {
	for i, name := range m.backups {
		if !strings.HasSuffix(name, ".gz") && m.rand.IntN(2) == 0 {
			m.gzip(name)
			m.backups[i], m.content[name+".gz"] = name+".gz", m.content[name]
			return
		}
	}
}

func (m *model) delete() {
	if len(m.backups) == 0 {
		return
	}
	name := m.backups[0]
	m.backups = m.backups[1:]
	if m.g == nil {
		m.destroy(m.content[name])
	}
	m.remove(name)
}

// destroy notes what may be lost. The checkpoint knows of it: what came and went unseen, nobody can tell.
func (m *model) destroy(lines []string) {
	m.tap.r.look()
	m.commit()
	m.trouble = true
	for _, line := range lines {
		m.gone[line] = true
	}
}

// truncate is logrotate's copytruncate, with or without a copy.
func (m *model) truncate() {
	if m.half != "" || len(m.content["audit.log"]) == 0 {
		return
	}
	name := fmt.Sprintf("audit.log-20261122-%d", m.clock.Unix()+int64(m.lines))
	m.destroy(nil)
	if m.rand.IntN(2) == 0 {
		m.destroy(m.content["audit.log"])
		m.must(os.Truncate(m.path("audit.log"), 0))
	} else {
		m.copytruncate(name)
		m.backups, m.content[name] = append(m.backups, name), m.content["audit.log"]
	}
	delete(m.content, "audit.log")
}

func (m *model) read() {
	m.tap.r.wake(m.rand.IntN(3) > 0)
	for range m.rand.IntN(8) {
		text, ok := m.tap.next()
		if !ok {
			return
		}
		m.got = append(m.got, text)
	}
}

func (m *model) commit() {
	c := m.tap.r.Cursor()
	data, err := c.MarshalJSON()
	m.must(err)
	m.tap.r.Commit(c)
	m.cursor, m.committed = data, slices.Clone(m.got)
}

// restart kills the reader: what it did not commit comes again.
func (m *model) restart() {
	if m.cursor == nil {
		m.commit()
	}
	m.must(m.tap.r.Close())
	m.in = m.input()
	m.tap = m.home.open(inputs.Options{Cursor: m.cursor})
	m.got = slices.Clone(m.committed)
	if m.g != nil {
		m.g = newGuard(m.in)
	}
}

func (m *model) finish() {
	m.rotate()
	m.line()
	m.pass()
	m.got = append(m.got, m.tap.all()...)
	m.commit()
	m.restart()
	if more := m.tap.all(); len(more) > 0 {
		m.Fatalf("after all was committed there comes %q", more)
	}
}

func (m *model) check() {
	var got []string
	gaps := 0
	for _, text := range m.got {
		if strings.HasPrefix(text, "gap") {
			gaps++
		} else {
			got = append(got, text)
		}
	}
	if m.g != nil && (!slices.Equal(got, m.written) || gaps > 0) {
		m.Fatalf("got   %q\nwrote %q", m.got, m.written)
	}
	for i, text := range got {
		if slices.Contains(got[:i], text) || !slices.Contains(m.written, text) {
			m.Fatalf("%q comes twice or from nowhere: %q\nwrote %q", text, m.got, m.written)
		}
	}
	lost := 0
	for _, text := range m.written {
		if slices.Contains(got, text) {
			continue
		}
		if lost++; !m.gone[text] {
			m.Fatalf("%q is lost: %q\nwrote %q", text, m.got, m.written)
		}
	}
	if lost > 0 && gaps == 0 || gaps > 0 && !m.trouble {
		m.Fatalf("%d lost, %d gaps: %q\nwrote %q", lost, gaps, m.got, m.written)
	}
}

package file

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/inputs"
)

// model lets an agent read what a world writes and rotates, stops and kills it all the time, and then asks an oracle
// whether what its pipelines were told is true (see verdict).
type model struct {
	mostHeld int // files that may be open at once
	*world
	t         testing.TB
	in        *Input
	guard     *guard // nil: the guard does not run
	guarded   bool
	pipelines []*delivery
	small     bool // the guard's budget is
	burst     int  // how much may still happen beside one act of the agent
	mortal    bool // the agent may die now
	log       *slog.Logger
}

// delivery is what one pipeline was told.
type delivery struct {
	name      string
	r         inputs.Reader
	got       []told
	committed []told // when cursor was
	at        *cursor
	cursor    []byte // at
}

// told is a record or a gap.
type told struct {
	text string
	torn bool
	gap  *inputs.GapError
	at   time.Time
	seen int // how many deletions there were until then
}

const runLength = 80

// TestModel runs the model for many seeds, or for MODEL_SEED alone, or from MODEL_FROM on until MODEL_ROTATIONS rotations are
// done. In half of the worlds worse things happen than kube-apiserver does.
func TestModel(t *testing.T) {
	first, runs, rotations := uint64(1), modelRuns, 0
	if testing.Short() {
		runs = modelRuns / 4
	}
	if n, err := strconv.ParseUint(os.Getenv("MODEL_FROM"), 10, 64); err == nil {
		first = n
	}
	if n, err := strconv.ParseUint(os.Getenv("MODEL_SEED"), 10, 64); err == nil {
		first, runs = n, 1
	}
	wanted, _ := strconv.Atoi(os.Getenv("MODEL_ROTATIONS"))
	begin := time.Now()
	seed := first
	defer func() {
		if dead := recover(); dead != nil {
			t.Fatalf("MODEL_SEED=%d: %v", seed, dead)
		}
	}()
	for ; seed < first+uint64(runs) || rotations < wanted; seed++ {
		w, verdict := play(t, seeded(seed), runs == 1)
		if verdict != "" {
			t.Fatalf("MODEL_SEED=%d: %s", seed, verdict)
		}
		rotations += w.rotations
	}
	t.Logf("%d runs, %d rotations in %v", seed-first, rotations, time.Since(begin).Round(time.Millisecond))
}

// FuzzModel plays the same with a fuzzer's bytes as dice.
func FuzzModel(f *testing.F) {
	for seed := range uint64(8) {
		d, data := seeded(seed), make([]byte, 2000)
		for i := range data {
			data[i] = d.next()
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &dice{}
		d.next = func() byte {
			if len(data) == 0 {
				d.over = true
				return 0
			}
			b := data[0]
			data = data[1:]
			return b
		}
		if _, verdict := play(t, d, false); verdict != "" {
			t.Fatal(verdict)
		}
	})
}

func seeded(seed uint64) *dice {
	r := rand.NewPCG(seed, 0)
	var word uint64
	left := 0
	return &dice{next: func() byte {
		if left == 0 {
			word, left = r.Uint64(), 8
		}
		b := byte(word)
		word, left = word>>8, left-1
		return b
	}}
}

// play is one run.
func play(t testing.TB, d *dice, verbose bool) (*world, string) {
	unruly := d.oneIn(2)
	m := &model{world: newWorld(d, unruly), t: t, log: slog.New(slog.DiscardHandler)}
	if verbose {
		m.history = func(format string, args ...any) {
			fmt.Fprintf(os.Stderr, "%s "+format+"\n", append([]any{m.now.Format("04:05.000000")}, args...)...)
		}
		m.log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	m.linking = pick[error](d, nil, nil, nil, nil, syscall.EXDEV, syscall.EROFS)
	m.guarded, m.small = !d.oneIn(3), d.oneIn(8) && unruly
	if d.oneIn(16) && unruly {
		m.copying, m.small = syscall.ENOSPC, true
	}
	m.births = !d.oneIn(4)
	m.mostHeld = pick(d, maxHeld, maxHeld, maxHeld, 3, 2, 1)
	for i := range 1 + d.roll(2) {
		m.pipelines = append(m.pipelines, &delivery{name: fmt.Sprint("api/", i)})
		m.readers = append(m.readers, m.pipelines[i].name)
	}
	pace := pick(d, 0, 2, 8) // of the world beside the agent
	m.deaf = pace == 8
	deadly := pick(d, 0, 0, 300)
	m.between = func() {
		if deadly > 0 && m.mortal && m.actor != "world" && d.oneIn(16) && d.oneIn(deadly/16) && !d.over {
			panic(crash{})
		}
		if pace > 0 && m.burst > 0 && m.actor != "world" && d.oneIn(pace) && !d.over {
			m.burst--
			m.tick()
		}
	}
	m.line()
	m.start()
	for range 5 + d.roll(runLength) {
		if d.over {
			break
		}
		m.act()
	}
	m.end()
	if verdict := m.verdict(); verdict != "" {
		return m.world, verdict
	}
	return m.world, ""
}

func (m *model) start() {
	cfg := Config{Path: logPath, GuardDir: modelState}
	if m.small {
		cfg.GuardBytes = unit.Size(200)
	}
	m.in = New(cfg, m.log, func(string) {})
	m.in.sys, m.in.mostHeld = m.memory, m.mostHeld
	for _, p := range m.pipelines {
		m.actor = p.name
		r, err := m.in.Open(inputs.Options{Pipeline: p.name, Cursor: p.cursor})
		if err != nil {
			m.t.Fatal(err)
		}
		p.r, p.got = r, slices.Clone(p.committed)
		m.learn(p, r.(*reader).files.states())
		if p.cursor == nil {
			p.commit()
		}
	}
	m.actor = "agent"
	if m.guarded {
		m.guard = newGuard(m.in)
		m.guard.watcher.open()
	}
}

// crash is the agent's death between two of its system calls.
type crash struct{}

// act is something that the agent does, or begins to do.
func (m *model) act() {
	defer func() {
		switch dead := recover(); dead.(type) {
		case nil:
			m.mortal = false
		case crash:
			m.history("agent: dies")
			m.restart(false, m.dice.roll(20))
		default:
			panic(dead)
		}
	}()
	m.mortal = true
	m.turn++
	m.burst = 30
	for range m.dice.roll(8) {
		m.tick()
	}
	p := m.pipelines[m.dice.roll(len(m.pipelines))]
	switch n := m.dice.roll(16); {
	case n < 6:
		p.r.(*reader).wake(m.dice.oneIn(2))
		m.read(p, 1+m.dice.roll(12))
	case n < 9:
		m.history("agent: commit")
		p.commit()
	case n < 10:
		m.restart(m.dice.oneIn(3), m.dice.roll(20))
	case n < 14:
		m.pass()
	}
}

func (m *model) pass() {
	m.history("agent: pass")
	if m.guarded {
		m.actor = "guard"
		m.in.guarding.Store(m.guard.pass())
		m.actor = "agent"
	}
}

// restart kills the agent, or stops it after everything is committed. The world does not wait for it.
func (m *model) restart(clean bool, ticks int) {
	m.mortal = false
	if clean {
		for _, p := range m.pipelines {
			p.commit()
		}
		if m.guarded {
			m.guard.finish()
		}
	}
	m.history("agent: restart, clean %v", clean)
	for _, p := range m.pipelines {
		m.learn(p, p.at.files) // and forget the others
	}
	m.kill()
	m.forget()
	m.in.holding.Store(nil)
	m.in.line.Store(nil)
	for range ticks {
		m.tick()
	}
	m.start()
}

// forget notes what nobody can know any more: a file that no checkpoint tells of, and that is gone.
func (m *model) forget() {
	for _, s := range m.segments {
		for _, l := range s.lines {
			for _, p := range m.pipelines {
				l.blind[p.name] = l.blind[p.name] || m.unruly && l.copies == 0 && !s.known[p.name]
			}
		}
	}
}

// learn notes which files a reader knows.
func (m *model) learn(p *delivery, files []fileState) {
	ids, births := map[identity]bool{}, map[uint64]bool{}
	for _, s := range files {
		ids[s.ID], births[s.Birth] = true, m.births
	}
	for _, s := range m.segments {
		s.begun[p.name] = len(s.lines) > 0 && ids[sha256.Sum256([]byte(s.lines[0].text))]
		s.known[p.name] = s.begun[p.name]
	}
	for _, n := range m.dirs[modelDir] {
		n.seg.known[p.name] = n.seg.known[p.name] || births[n.birth]
	}
}

// commit notes how far a pipeline came, so that it goes on there when it is killed.
func (p *delivery) commit() {
	c := p.r.Cursor()
	data, err := c.MarshalJSON()
	if err != nil {
		panic(err)
	}
	p.r.Commit(c)
	p.at = c.(*cursor)
	p.cursor, p.committed = data, slices.Clone(p.got)
}

// read takes up to n records. It tells whether there was something.
func (m *model) read(p *delivery, n int) (some bool) {
	m.actor = p.name
	defer func() {
		m.actor = "agent"
		m.learn(p, p.r.(*reader).files.states())
	}()
	for range n {
		rec, err := p.r.Next(ended)
		t := told{text: string(rec.Data), torn: rec.Torn != "", at: m.now, seen: m.deletions}
		switch {
		case errors.As(err, &t.gap) || err == nil:
			p.got, some = append(p.got, t), true
			if l := m.texts[t.text]; l != nil {
				l.read[p.name] = true
			}
			m.history("agent: %s is told %q %v", p.name, t.text, t.gap)
		case errors.Is(err, ended.Err()) || err == io.EOF:
			return some
		default:
			some = true // a trouble that passes
		}
	}
	return some
}

// end lets the world come to rest, and the agent read all that is left, twice: nothing may come again.
func (m *model) end() {
	m.between = func() {}
	m.settle()
	m.actor = "world"
	m.line() // everything before it is closed now
	m.closeLog(false)
	m.actor = "agent"
	for range 2 {
		m.now = m.now.Add(2 * time.Second)
		m.pass()
		for _, p := range m.pipelines {
			for range 4 {
				p.r.(*reader).wake(true)
				for i := 0; m.read(p, 50); i++ {
					if i > 100 {
						m.t.Fatal("Next does not come to an end")
					}
				}
			}
			p.commit()
		}
		m.pass()
		m.restart(false, 0)
	}
}

package file

import (
	"fmt"
	"time"
)

// dice decide everything that happens, by a seed or by the bytes of a fuzzer.
type dice struct {
	next func() byte
	over bool // the fuzzer's bytes are used up
}

func (d *dice) roll(n int) int       { return int(d.next()) % n }
func (d *dice) oneIn(n int) bool     { return d.roll(n) == 0 }
func pick[T any](d *dice, of ...T) T { return of[d.roll(len(of))] }

// world is who writes the log and who rotates it. Each of them does one system call at a time, so that they and the agent
// come in between each other.
type world struct {
	*memory
	dice   *dice
	todo   map[string][]func() // what each actor will do next
	writer *node               // the file that kube-apiserver has open; nil: none yet
	offset int64               // where it writes; -1: at the end
	lines  int

	kube       rotator
	logrotates bool
	logrotate  rotator
	steps      bool // the clock may be stepped
	stepped    bool // it was
	rotations  int
	rude       bool // files are truncated, replaced, deleted
}

// rotator is how backups are made.
type rotator struct {
	keep     int
	compress bool
	backups  []string // the oldest first
}

const logPath = modelDir + "/audit.log"

var actors = []string{"kube", "mill", "logrotate"}

// newWorld is one where kube-apiserver alone writes and rotates. In an unruly one logrotate may be at work, too, files are
// truncated, replaced and deleted, and the clock is stepped.
func newWorld(d *dice, unruly bool) *world {
	w := &world{memory: newMemory(), dice: d, todo: map[string][]func(){}}
	w.grain, w.births = pick(d, time.Nanosecond, 4*time.Millisecond), true
	w.kube = rotator{keep: 1 + d.roll(5), compress: d.oneIn(3)}
	if !unruly {
		return w
	}

	w.rude, w.steps = d.oneIn(3), d.oneIn(3)
	w.unruly = w.rude
	if w.logrotates = d.oneIn(4); w.logrotates {
		w.unruly, w.logrotate = true, rotator{keep: 1 + d.roll(3), compress: d.oneIn(3)}
	}
	return w
}

// tick does one system call of somebody, or decides what somebody does next.
func (w *world) tick() {
	agent := w.actor
	w.actor = "world"
	defer func() { w.actor = agent }()
	w.now = w.now.Add(time.Duration(w.dice.roll(200)) * 20 * time.Microsecond)
	who := pick(w.dice, actors...)
	if steps := w.todo[who]; len(steps) > 0 {
		w.todo[who] = steps[1:]
		steps[0]()
		return
	}
	switch who {
	case "kube":
		w.decideKube()
	case "logrotate":
		w.decideOthers()
	}
}

// settle lets all finish what they are at.
func (w *world) settle() {
	agent := w.actor
	w.actor = "world"
	for _, who := range actors {
		for len(w.todo[who]) > 0 {
			steps := w.todo[who]
			w.todo[who] = steps[1:]
			steps[0]()
		}
	}
	w.actor = agent
}

func (w *world) do(who string, steps ...func()) { w.todo[who] = append(w.todo[who], steps...) }

func (w *world) decideKube() {
	switch n := w.dice.roll(16); {
	case n < 9:
		w.line()
	case n < 11 && !w.rude && !w.logrotates: // else nobody could say what belongs together
		w.half()
	case n < 14:
		w.rotate()
	case n < 15:
		w.restartKube()
	}
}

// line completes a line. Its time, which its writer takes from its clock, tells lines apart beside their number.
func (w *world) line() {
	w.openLog()
	if w.writer.seg.half == "" {
		w.lines++
		w.append(w.begun())
	}
	w.append(w.ended())
	w.append("\n")
	w.finishLine()
}

func (w *world) begun() string { return fmt.Sprintf(`{"kind":"Event","n":%d`, w.lines) }

func (w *world) ended() string {
	stamp := w.now.Truncate(time.Millisecond).Add(time.Duration(w.lines))
	return `,"stageTimestamp":"` + stamp.Format(time.RFC3339Nano) + `"}`
}

// half writes the beginning of a line. Others may begin with it, too.
func (w *world) half() {
	w.openLog()
	if w.writer.seg.half == "" {
		w.lines++
		w.append(w.begun())
	} else {
		w.append(",")
	}
}

// append is one write(2), as far as the agent can tell.
func (w *world) append(text string) {
	at := w.offset
	if at < 0 {
		at = int64(len(w.writer.data))
	}
	w.write(w.writer, at, text)
	if w.offset >= 0 {
		w.offset += int64(len(text))
	}
	if text != "\n" {
		w.writer.seg.half += text
	}
}

func (w *world) finishLine() { w.memory.finish(w.writer, int64(len(w.writer.data)), false) }

// openLog is what lumberjack does before the first write: it appends to the log that is there. One that it makes itself
// it writes at an offset of its own.
func (w *world) openLog() {
	if w.writer != nil {
		return
	}
	if w.writer, w.offset = w.at(logPath), -1; w.writer == nil {
		w.writer, w.offset = w.create(logPath), 0
	}
	w.writer.handles++
}

func (w *world) closeLog(torn bool) {
	if n := w.writer; n != nil {
		if torn && n.seg.half != "" {
			w.memory.finish(n, int64(len(n.data)), true)
		}
		n.handles--
		w.writer = nil
		w.release(n)
	}
}

// restartKube kills the writer. If its log has not been renamed meanwhile, the next line goes on where it stopped.
func (w *world) restartKube() { w.closeLog(w.writer != w.at(logPath)) }

// rotate is that of lumberjack: close, rename, create; then its mill removes and compresses.
func (w *world) rotate() {
	w.do("kube",
		func() { w.closeLog(true) },
		func() {
			if w.at(logPath) == nil {
				return
			}
			if n := w.at(logPath); n.seg.half != "" {
				w.memory.finish(n, int64(len(n.data)), true) // a writer before this one was killed in it
			}
			name := w.backupName()
			w.rename(logPath, name)
			w.rotations++
			w.kube.backups = append(w.kube.backups, name)
			w.mill()
		},
		func() {
			if n := w.at(logPath); n != nil {
				w.truncate(n) // O_TRUNC
			}
			w.openLog()
			w.offset = 0
		})
}

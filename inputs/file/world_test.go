package file

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
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

func (w *world) backupName() string {
	for {
		name := modelDir + "/audit-" + w.now.Format(BackupTime) + ".log"
		if w.at(name) == nil && w.at(name+gzSuffix) == nil {
			return name
		}
		w.now = w.now.Add(time.Millisecond)
	}
}

// mill removes the backups that are too many, by their names, and compresses the others.
func (w *world) mill() {
	w.do("mill", func() {
		slices.Sort(w.kube.backups)
		w.retire(&w.kube, "mill")
	})
}

func (w *world) retire(r *rotator, who string) {
	for len(r.backups) > r.keep {
		path := r.backups[0]
		r.backups = r.backups[1:]
		w.do(who, func() { w.unlink(path) })
	}
	for i, path := range r.backups {
		if r.compress && !strings.HasSuffix(path, gzSuffix) {
			r.backups[i] = path + gzSuffix
			w.compress(path, who)
			return
		}
	}
}

// compress gives the result its final name before it is complete, and removes the plain file when it is.
func (w *world) compress(path, who string) {
	var from, to *node
	var data []byte
	var lines []*line // what is written meanwhile is not in it
	w.do(who,
		func() {
			if from = w.at(path); from != nil && from.seg.half != "" {
				from = nil // somebody still writes to it
			}
			if from != nil {
				to = w.create(path + gzSuffix)
				data, lines, from.zipped = zip(from.data), slices.Clone(from.lines), true
			}
		},
		func() {
			if from != nil {
				to.data, to.mtime = data[:w.dice.roll(len(data))], w.stamp()
			}
		},
		func() {
			if from != nil {
				w.copy(from, to, data, lines)
			}
		},
		func() {
			if from != nil {
				w.unlink(path)
			}
		})
}

var zipper, _ = gzip.NewWriterLevel(nil, gzip.NoCompression)

func zip(data []byte) []byte {
	var b bytes.Buffer
	zipper.Reset(&b)
	zipper.Write(data)
	zipper.Close()
	return b.Bytes()
}

// decideOthers is what logrotate and administrators do.
func (w *world) decideOthers() {
	switch n := w.dice.roll(24); {
	case n < 4 && w.logrotates:
		w.renameLog(w.dice.oneIn(2))
	case n < 6 && w.logrotates && w.rude:
		w.copytruncate()
	case n == 7 && w.rude:
		w.truncateLog()
	case n == 8 && w.rude:
		w.unlink(logPath)
	case n == 9 && w.rude:
		w.replace()
	case n == 10 && w.rude:
		w.nuls()
	case n == 11 && w.steps:
		w.stepped, w.unruly = true, true
		w.now = w.now.Add(time.Duration(w.dice.roll(3)-1) * 90 * time.Second)
	case n < 16:
		w.now = w.now.Add(time.Duration(w.dice.roll(4)) * 400 * time.Millisecond)
	}
}

// renameLog is logrotate(8): shift the numbers, rename the log, perhaps create a new one. The writer goes on with the old one.
func (w *world) renameLog(create bool) {
	w.shift()
	w.do("logrotate", func() { w.rename(logPath, logPath+".1"); w.rotations++ })
	if create {
		w.do("logrotate", func() {
			if w.at(logPath) == nil {
				w.create(logPath)
			}
		})
	}
}

// shift makes room for the number 1, and compresses what was there.
func (w *world) shift() {
	for i := w.logrotate.keep; i > 0; i-- {
		for _, gz := range []string{"", gzSuffix} {
			from, to := fmt.Sprintf("%s.%d%s", logPath, i, gz), fmt.Sprintf("%s.%d%s", logPath, i+1, gz)
			w.do("logrotate", func() { w.rename(from, to) })
		}
	}
	for _, gz := range []string{"", gzSuffix} {
		w.do("logrotate", func() { w.unlink(fmt.Sprintf("%s.%d%s", logPath, w.logrotate.keep+1, gz)) })
	}
	if w.logrotate.compress {
		w.compress(logPath+".2", "logrotate")
	}
}

func (w *world) copytruncate() {
	w.shift()
	var from, to *node
	w.do("logrotate",
		func() {
			if from = w.at(logPath); from == nil || from.seg.half != "" {
				from = nil
				return
			}
			from.handles++
			to = w.create(logPath + ".1")
			w.copyUpTo(from, to, w.dice.roll(len(from.data)+1))
		},
		func() {
			if from == nil {
				return
			}
			if from.seg == to.seg { // else somebody else truncated it
				w.copyUpTo(from, to, len(from.data))
				w.rotations++
			}
			from.handles--
			w.release(from)
		},
		w.truncateLog)
}

func (w *world) copyUpTo(from, to *node, size int) {
	for _, l := range to.lines {
		l.copies--
	}
	w.copy(from, to, slices.Clone(from.data[:size]), slices.DeleteFunc(slices.Clone(from.lines), func(l *line) bool { return l.to > int64(size) }))
}

func (w *world) truncateLog() {
	if n := w.at(logPath); n != nil {
		w.truncate(n)
	}
}

// replace puts another file in the log's place.
func (w *world) replace() {
	other := filepath.Join(modelDir, "tmp")
	n := w.create(other)
	w.lines++
	n.seg.half = w.begun() + w.ended()
	w.write(n, 0, n.seg.half+"\n")
	w.memory.finish(n, int64(len(n.data)), false)
	w.rename(other, logPath)
	if w.writer != nil {
		w.writer.passed = true
	}
}

// nuls is what a crash of the machine may leave at the end of a log.
func (w *world) nuls() {
	w.closeLog(w.writer != w.at(logPath))
	if n := w.at(logPath); n != nil && n.seg.half == "" {
		w.write(n, int64(len(n.data)), string(make([]byte, 1+w.dice.roll(50))))
	}
}

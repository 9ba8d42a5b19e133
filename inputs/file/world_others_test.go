package file

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

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

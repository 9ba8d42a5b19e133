package file

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

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

package spool

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"time"
)

// ids are those of the records in the file under way and in the newest backup, and of the backups that were closed lately: whoever sends
// something again does so within some minutes, during which many files may be written.
type ids struct {
	now    map[id]struct{}
	before []closed // the oldest first
}

// closed are the records of a backup.
type closed struct {
	ids map[id]struct{}
	at  time.Time
}

const (
	// manyIDs is how many records a file has at most: those of two files, and no more, are held in memory, and records may be short.
	manyIDs = 128 << 10

	// sentAgain is how long kube-apiserver tries a webhook, and somewhat more: about three minutes.
	sentAgain = 5 * time.Minute
)

func (k *ids) has(i id) bool {
	if _, ok := k.now[i]; ok {
		return true
	}
	for _, c := range k.before {
		if _, ok := c.ids[i]; ok {
			return true
		}
	}
	return false
}

func (k *ids) add(i id) {
	if k.now == nil {
		k.now = map[id]struct{}{}
	}
	k.now[i] = struct{}{}
}

// rotate begins the ids of a new file, and forgets what nobody will send again, or has no room.
func (k *ids) rotate(now time.Time) {
	k.before, k.now = append(k.before, closed{k.now, now}), nil
	many := 0
	for i := len(k.before) - 1; i >= 0; i-- {
		many += len(k.before[i].ids)
		if newest := i == len(k.before)-1; !newest && (many > manyIDs || now.Sub(k.before[i].at) > sentAgain) {
			k.before = slices.Clone(k.before[i+1:])
			return
		}
	}
}

// scan adds the records of a file. It returns where the last whole line ends, and whether half a line follows.
func (k *ids) scan(r io.Reader) (end int64, torn bool, err error) {
	lines := bufio.NewReaderSize(r, 64<<10)
	var line []byte
	for {
		part, err := lines.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			end += int64(len(line))
			k.add(idOf(line[bytes.LastIndexByte(line, 0)+1 : len(line)-1])) // NULs are what a failed sync dropped; readers skip them
			line = line[:0]
		case err == io.EOF:
			return end, len(line) > 0, nil
		case err != bufio.ErrBufferFull:
			return end, false, err
		}
	}
}

package spool

import (
	"bufio"
	"bytes"
	"io"
)

// ids are those of the records in the file under way and in the newest backup: whoever sends something again sends it soon.
type ids struct{ now, before map[id]struct{} }

// manyIDs is how many records a file has at most: those of two files are held in memory, and records may be short.
const manyIDs = 128 << 10

func (k *ids) has(i id) bool {
	if _, ok := k.now[i]; ok {
		return true
	}
	_, ok := k.before[i]
	return ok
}

func (k *ids) add(i id) {
	if k.now == nil {
		k.now = map[id]struct{}{}
	}
	k.now[i] = struct{}{}
}

// rotate begins the ids of a new file.
func (k *ids) rotate() { k.now, k.before = nil, k.now }

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

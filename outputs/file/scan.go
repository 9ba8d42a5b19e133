package file

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"io"

	"github.com/auditship/auditship/agent/event"
)

// window is how much of a line is held in memory: its last part, where the ID is.
const window = 1 << 18

// mark stands before the ID in every shipped event; its quotes can't stand like that inside a string. The last one counts:
// what is before it was written by the API server and its clients.
var mark = []byte(`,"auditship":{"id":"`)

// scan tells yield the IDs of the events in the lines and the offsets behind them, and returns that behind the last. It ends at the first that is not
// whole: it has no newline, or a NUL, which JSON never has and a disk puts where it grew a file and lost the content.
func scan(r io.Reader, yield func(id event.ID, end int64)) (whole int64, err error) {
	in := bufio.NewReaderSize(r, window)
	var tail []byte
	length := 0
	for {
		part, err := in.ReadSlice('\n')
		tail, length = append(tail, part...), length+len(part)
		switch {
		case errors.Is(err, bufio.ErrBufferFull) && bytes.IndexByte(part, 0) < 0:
			tail = append(tail[:0], tail[max(0, len(tail)-window):]...)
			continue
		case err == io.EOF, bytes.IndexByte(part, 0) >= 0:
			return whole, nil
		case err != nil:
			return whole, err
		}
		whole += int64(length)
		if id, ok := idOf(tail); ok {
			yield(id, whole)
		}
		tail, length = tail[:0], 0
	}
}

func idOf(line []byte) (id event.ID, ok bool) {
	at := bytes.LastIndex(line, mark)
	if at < 0 {
		return id, false
	}
	digits := line[at+len(mark):]
	if len(digits) < 2*len(id) {
		return id, false
	}
	_, err := hex.Decode(id[:], digits[:2*len(id)])
	return id, err == nil
}

// lastNewline is the offset behind the last newline of a file of the given size; 0: it has none.
func lastNewline(f io.ReaderAt, size int64) (int64, error) {
	block := make([]byte, window)
	for end := size; end > 0; {
		start := max(0, end-window)
		part := block[:end-start]
		if _, err := f.ReadAt(part, start); err != nil && err != io.EOF {
			return 0, err
		}
		if at := bytes.LastIndexByte(part, '\n'); at >= 0 {
			return start + int64(at) + 1, nil
		}
		end = start
	}
	return 0, nil
}

package spool

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/auditship/auditship/agent/disk"
)

// batch is what several callers of Append wait for together: one write, one sync.
type batch struct {
	lines []byte // with their newlines
	ids   []id
	done  chan struct{} // closed when it is durable, or failed
	err   error
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

// Append adds records, lines without newlines, and returns when they are durable. A record that is in the newest two files
// already is not stored again, so that whoever got no answer may send the same again. After an error some may be stored: the
// caller has to send all of them again. ErrFull says that there is no room at present.
func (l *Log) Append(ctx context.Context, records [][]byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ids := make([]id, len(records))
	for i, record := range records {
		ids[i] = idOf(record)
	}
	for {
		b, joined := l.join(records, ids)
		if err := l.finish(b); joined {
			return err
		}
	}
}

// join puts records into the batch that is written next. Where they do not fit into it, it has to be written first: what many send at a
// time must not be too much for the budget, each of them being refused for all the others.
func (l *Log) join(records [][]byte, ids []id) (b *batch, joined bool) {
	size := len(records)
	for _, record := range records {
		size += len(record)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b = l.next
	if len(b.lines) > 0 && len(b.lines)+size > int(l.cfg.SegmentBytes) {
		return b, false
	}
	for _, record := range records {
		b.lines = append(append(b.lines, record...), '\n')
	}
	b.ids = append(b.ids, ids...)
	return b, true
}

// finish writes a batch, unless somebody else's turn has done so.
func (l *Log) finish(b *batch) error {
	l.turn.Lock()
	defer l.turn.Unlock()
	select {
	case <-b.done:
	default:
		l.mu.Lock()
		l.next = newBatch()
		l.mu.Unlock()
		b.err = l.write(b)
		close(b.done)
		l.Wake()
	}
	return b.err
}

// write makes a batch durable.
func (l *Log) write(b *batch) error {
	if err := l.prepare(); err != nil {
		return err
	}
	if err := l.settle(); err != nil {
		return err
	}
	l.leaveOut(b)
	if len(b.lines) == 0 {
		return nil
	}
	if err := l.room(int64(len(b.lines))); err != nil {
		return err
	}
	if l.size > 0 && l.size+int64(len(b.lines)) > int64(l.cfg.SegmentBytes) {
		if err := l.rotate(); err != nil {
			return err
		}
	}
	n, err := l.open.Write(b.lines)
	l.grow(int64(n))
	l.torn = n > 0 && b.lines[n-1] != '\n'
	if err != nil {
		return fmt.Errorf("append to spool: %w", err)
	}
	if err := l.open.Sync(); err != nil {
		return fmt.Errorf("sync spool: %w", err)
	}
	l.synced = l.size
	for _, i := range b.ids {
		l.known.add(i)
	}
	return nil
}

// leaveOut drops the records of a batch that are stored already, or stand in it twice.
func (l *Log) leaveOut(b *batch) {
	kept, lines, rest := b.ids[:0], b.lines[:0], b.lines
	own := make(map[id]struct{}, len(b.ids))
	for _, i := range b.ids {
		var line []byte
		line, rest = cutLine(rest)
		if _, twice := own[i]; twice || l.known.has(i) {
			continue
		}
		own[i] = struct{}{}
		kept, lines = append(kept, i), append(lines, line...)
	}
	b.ids, b.lines = kept, lines
}

// settle mends what a failed append left: half a line is ended, so that it becomes a dead letter and no part of the next one,
// and what could not be synced is written again, for the kernel may have dropped it.
func (l *Log) settle() error {
	if l.torn {
		n, err := l.open.Write([]byte{'\n'})
		if l.grow(int64(n)); err != nil {
			return fmt.Errorf("append to spool: %w", err)
		}
		l.torn = false
	}
	if l.synced == l.size {
		return nil
	}
	if err := disk.Rewrite(l.open, l.synced, l.size); err != nil {
		return fmt.Errorf("sync spool: %w", err)
	}
	if _, _, err := l.known.scan(newSection(l.open, l.synced, l.size)); err != nil {
		return fmt.Errorf("read spool: %w", err)
	}
	l.synced = l.size
	return nil
}

func (l *Log) grow(n int64) {
	l.size += n
	l.used += n
}

// Room tells whether so many bytes more could be appended at present, or half of the budget where that is less: as much will be free when
// all is read. ErrFull says that they could not.
func (l *Log) Room(n int64) error {
	l.turn.Lock()
	defer l.turn.Unlock()
	if err := l.prepare(); err != nil {
		return err
	}
	return l.room(min(n, int64(l.cfg.MaxBytes/2)))
}

// room tells whether so many bytes more are within the budget and leave enough free.
func (l *Log) room(n int64) error {
	if l.used+n > int64(l.cfg.MaxBytes) {
		return fmt.Errorf("append %d bytes to spool %s, which has %d of %d: %w", n, l.cfg.Dir, l.used, int64(l.cfg.MaxBytes), ErrFull)
	}
	free, err := l.fs.Free(l.cfg.Dir)
	if err != nil {
		return fmt.Errorf("append to spool: %w", err)
	}
	if free-n < int64(l.cfg.MinFree) {
		return fmt.Errorf("append %d bytes to spool %s: %d are free, and disk.min_free is %d: %w", n, l.cfg.Dir, free, int64(l.cfg.MinFree), ErrFull)
	}
	return nil
}

// prepare opens the log as another process may have left it.
func (l *Log) prepare() error {
	if l.open != nil {
		return nil
	}
	if err := disk.MakeDir(l.fs, l.cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("make spool: %w", err)
	}
	if err := l.survey(); err != nil {
		return err
	}
	return l.begin()
}

// begin opens the file to write to. Before that it makes the name of the last one durable: a new file must not outlive a
// rename that made room for it.
func (l *Log) begin() error {
	if err := l.fs.SyncDir(l.cfg.Dir); err != nil {
		return fmt.Errorf("open spool: %w", err)
	}
	f, err := l.fs.OpenFile(filepath.Join(l.cfg.Dir, base), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open spool: %w", err)
	}
	if err := l.repair(f); err != nil {
		f.Close()
		return fmt.Errorf("repair spool: %w", err)
	}
	l.open = f
	return nil
}

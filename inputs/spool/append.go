package spool

import (
	"context"
	"fmt"
)

// batch is what several callers of Append wait for together: one write, one sync. The records are the callers' own.
type batch struct {
	records  [][]byte
	ids      []id
	size     int64 // of the records as lines
	reserved []claim
	done     chan struct{} // closed when it is durable, or failed
	err      error
}

// claim is what of a batch a reservation is for.
type claim struct {
	by   *Reservation
	size int64
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

// Append adds records, lines without newlines, and returns when they are durable. A record that is in the newest two files
// already, or was put into another lately, is not stored again, so that whoever got no answer may send the same again. After an error some may be stored: the
// caller has to send all of them again. ErrFull says that there is no room at present.
func (l *Log) Append(ctx context.Context, records [][]byte) error { return l.append(ctx, records, nil) }

func (l *Log) append(ctx context.Context, records [][]byte, by *Reservation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ids := make([]id, len(records))
	for i, record := range records {
		ids[i] = idOf(record)
	}
	for {
		b, joined := l.join(records, ids, by)
		if err := l.finish(b); joined {
			return err
		}
	}
}

// join puts records into the batch that is written next. Where they do not fit into it, it has to be written first: what many send at a
// time must not be too much for the budget, each of them being refused for all the others.
func (l *Log) join(records [][]byte, ids []id, by *Reservation) (b *batch, joined bool) {
	size := linesOf(records)
	l.mu.Lock()
	defer l.mu.Unlock()
	b = l.next
	if len(b.records) > 0 && b.size+size > int64(l.cfg.SegmentBytes) {
		return b, false
	}
	b.records, b.ids, b.size = append(b.records, records...), append(b.ids, ids...), b.size+size
	if by != nil {
		b.reserved = append(b.reserved, claim{by, size})
	}
	return b, true
}

// linesOf is how long records are, each with its newline.
func linesOf(records [][]byte) int64 {
	size := len(records)
	for _, record := range records {
		size += len(record)
	}
	return int64(size)
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
	for _, c := range b.reserved {
		c.by.use(c.size)
	}
	if len(b.records) == 0 {
		return nil
	}
	if err := l.room(b.size); err != nil {
		return err
	}
	if l.size > 0 && (l.size+b.size > int64(l.cfg.SegmentBytes) || len(l.known.now)+len(b.ids) > manyIDs) {
		if err := l.rotate(); err != nil {
			return err
		}
	}
	if err := l.put(b.records); err != nil {
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
	ids, records := b.ids[:0], b.records[:0]
	own := make(map[id]struct{}, len(b.ids))
	for n, i := range b.ids {
		if _, twice := own[i]; twice || l.known.has(i) {
			continue
		}
		own[i] = struct{}{}
		ids, records = append(ids, i), append(records, b.records[n])
	}
	b.ids, b.records, b.size = ids, records, linesOf(records)
}

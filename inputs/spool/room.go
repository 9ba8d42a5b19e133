package spool

import (
	"context"
	"fmt"
)

// Reservation is room in a Log for what is appended in several pieces: who comes in between does not get it.
type Reservation struct {
	in   *Log
	left int64 // belongs to whoever has the turn
}

// Reserve takes room for so many bytes, or half of the budget where that is less: as much will be free when all is read. ErrFull says
// that there is none at present. More than that may be appended, as far as there is room then.
func (l *Log) Reserve(n int64) (*Reservation, error) {
	l.turn.Lock()
	defer l.turn.Unlock()
	if err := l.prepare(); err != nil {
		return nil, err
	}
	n = min(n, int64(l.cfg.MaxBytes/2))
	if err := l.room(n); err != nil {
		return nil, err
	}
	l.reserved += n
	return &Reservation{in: l, left: n}, nil
}

// Append is that of the Log, into what was reserved.
func (r *Reservation) Append(ctx context.Context, records [][]byte) error {
	return r.in.append(ctx, records, r)
}

// Release gives back what was not used.
func (r *Reservation) Release() {
	r.in.turn.Lock()
	defer r.in.turn.Unlock()
	r.use(r.left)
}

func (r *Reservation) use(n int64) {
	n = min(n, r.left)
	r.left -= n
	r.in.reserved -= n
}

// room tells whether so many bytes more are within the budget and leave enough free, beside what is reserved.
func (l *Log) room(n int64) error {
	if l.used+l.reserved+n > int64(l.cfg.MaxBytes) {
		return fmt.Errorf("append %d bytes to spool %s, which has %d of %d, and %d on their way: %w", n, l.cfg.Dir, l.used, int64(l.cfg.MaxBytes), l.reserved, ErrFull)
	}
	free, err := l.fs.Free(l.cfg.Dir)
	if err != nil {
		return fmt.Errorf("append to spool: %w", err)
	}
	if free-l.reserved-n < int64(l.cfg.MinFree) {
		return fmt.Errorf("append %d bytes to spool %s: %d are free, %d of them for what is on its way, and disk.min_free is %d: %w", n, l.cfg.Dir, free, l.reserved, int64(l.cfg.MinFree), ErrFull)
	}
	return nil
}

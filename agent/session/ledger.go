package session

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// maxHeld is about how many bytes of sessions a Ledger holds: some 100,000 of them.
const maxHeld = 64 << 20

// Ledger makes one record of the events of each session, which come in any order. It belongs to one goroutine.
type Ledger struct {
	emit    func(*Record) error
	held    map[string]*Record
	bytes   int
	limit   int
	began   time.Time // when an API server last began
	partial bool
}

// NewLedger makes a Ledger that gives its records to emit.
func NewLedger(emit func(*Record) error) *Ledger {
	return &Ledger{emit: emit, held: map[string]*Record{}, limit: maxHeld}
}

// Add takes what one event says of its session. The event of the end says more than that of the start, and takes its place.
func (l *Ledger) Add(r *Record) error {
	key := r.ID + "\x00" + strings.Join(r.Argv, "\x00") // should two have one ID, both are shown
	before := l.held[key]
	switch {
	case before == nil:
		l.held[key] = r
		l.bytes += r.size()
	case r.End != nil:
		l.held[key] = r
		l.bytes += r.size() - before.size()
	}
	if l.bytes <= l.limit {
		return nil
	}
	l.partial = true
	return l.flush(len(l.held) / 2)
}

// Began notes that an API server began at a time: sessions that are older than that and have no end never get one.
func (l *Ledger) Began(at time.Time) {
	if at.After(l.began) {
		l.began = at
	}
}

// Partial tells whether there were more sessions than a Ledger can hold. Then they are not all in order, and one that ended
// long after it began may be told twice, first as open.
func (l *Ledger) Partial() bool { return l.partial }

// Flush gives all that are left to emit, oldest first.
func (l *Ledger) Flush() error { return l.flush(len(l.held)) }

// flush gives the oldest records to emit: those that are first in count.
func (l *Ledger) flush(count int) error {
	keys := l.sorted()
	l.join(keys)
	for _, key := range keys[:count] {
		r := l.held[key]
		if r == nil {
			continue // is one with another
		}
		delete(l.held, key)
		l.bytes -= r.size()
		l.conclude(r)
		if err := l.emit(r); err != nil {
			return err
		}
	}
	return nil
}

// sorted are the keys of what is held, oldest first.
func (l *Ledger) sorted() []string {
	keys := slices.Collect(maps.Keys(l.held))
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(l.held[a].Start.Compare(l.held[b].Start), strings.Compare(a, b))
	})
	return keys
}

// farthest is how many sessions later a second attempt is looked for.
const farthest = 1000

// join makes one record of two attempts at the same: in the place of the first stands the second, which has what came of it.
func (l *Ledger) join(keys []string) {
	for i := range keys {
		first := l.held[keys[i]]
		if first == nil || !first.mayBeRetried() {
			continue
		}
		for j := i + 1; j < min(len(keys), i+farthest); j++ {
			if second := l.held[keys[j]]; second != nil && second.retries(first) {
				second.Start, second.Attempts = first.Start, 2
				l.bytes -= first.size()
				delete(l.held, keys[i])
				keys[i], keys[j] = keys[j], ""
				break
			}
		}
	}
}

// conclude says what is known in the end.
func (l *Ledger) conclude(r *Record) {
	if r.End != nil {
		millis := float64(r.End.Sub(r.Start).Microseconds()) / 1000
		r.Duration = &millis
		return
	}
	if r.Outcome != "upgraded" && r.Outcome != "" {
		return // refused or failed: there is nothing to end
	}
	if r.Outcome = Open; r.Start.Before(l.began) {
		r.Outcome = Unknown
	}
}

package file

import (
	"math"
	"time"
)

// forecast tells when unread data will be deleted, if everything goes on as it went during the last minute. It belongs to
// the goroutine of Input.Run.
//
// The log's writer deletes as fast as it writes, once it has begun to. So what is uncommitted comes nearer to deletion by
// as much as it grows. Between the reader and a loss there are the committed bytes that the writer has not deleted yet
// (margin; it is negative when the guard keeps deleted ones already), and then the guard's budget:
//
//	seconds = (margin + budget) / growth
//
// or less, if free space will have fallen to its floor before, but not before the guard has to keep anything. It is
// infinite while nothing is deleted, and for a reader that keeps up or catches up.
type forecast struct {
	in       *Input
	deleting bool // the log's writer was seen to delete backups
	named    map[fileKey]bool
	last     time.Time
	samples  map[*reader][]sample // the oldest first
}

// sample is the state of things for a reader at one moment.
type sample struct {
	at   time.Time
	acc  account
	free int64 // bytes on the file system that the guard uses
}

const (
	sampleEvery  = 5 * time.Second
	forecastOver = time.Minute
)

// observe takes a listing into account.
func (f *forecast) observe(list listing, free int64) {
	f.watchDeletions(list)
	now := f.in.sys.Now()
	if since := now.Sub(f.last); since >= 0 && since < pollEvery {
		return
	}
	f.last = now
	old := f.samples
	f.samples = make(map[*reader][]sample, len(old))
	for _, r := range f.in.all() {
		s := old[r]
		latest := sample{now, r.committed.Load().account(list.files), free}
		if n := len(s); n == 0 || now.Sub(s[n-1].at) >= sampleEvery || now.Before(s[n-1].at) {
			s = append(s, latest)
		}
		for len(s) > 1 && (now.Sub(s[0].at) > forecastOver || now.Before(s[0].at)) {
			s = s[1:]
		}
		f.samples[r] = s
		seconds := math.Inf(1)
		if f.deleting || latest.acc.spared > 0 {
			seconds = untilLoss(s[0], latest, int64(f.in.cfg.GuardBytes), int64(f.in.cfg.MinFree))
		}
		r.untilLoss.Store(math.Float64bits(seconds))
	}
}

// watchDeletions compares what has a name of its own with what had one.
func (f *forecast) watchDeletions(list listing) {
	if !list.sound() {
		return
	}
	named := make(map[fileKey]bool, len(list.files))
	for _, file := range list.files {
		if file.named() && file.head.whole {
			named[file.key()] = true
		}
	}
	for key := range f.named {
		f.deleting = f.deleting || !named[key]
	}
	f.named = named
}

// untilLoss is the formula above, in seconds.
func untilLoss(first, now sample, budget, floor int64) float64 {
	elapsed := now.at.Sub(first.at).Seconds()
	if elapsed < sampleEvery.Seconds() {
		return math.Inf(1) // no rate is known yet
	}
	growth := float64(now.acc.unread-first.acc.unread) / elapsed
	margin := float64(now.acc.ahead - now.acc.spared)
	guarding, until := 0.0, math.Inf(1) // when the guard is needed, and until when
	switch {
	case growth > 0:
		guarding, until = max(0, margin/growth), max(0, (margin+float64(budget))/growth)
	case margin >= 0:
		return math.Inf(1)
	}
	if filling := float64(first.free-now.free) / elapsed; filling > 0 {
		full := float64(now.free-floor) / filling
		caughtUp := math.Inf(1)
		if growth < 0 {
			caughtUp = margin / growth
		}
		if at := max(guarding, full); at < caughtUp {
			until = min(until, at)
		}
	}
	return until
}

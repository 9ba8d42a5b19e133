package file

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/auditship/auditship/inputs"
)

// TestNews: a log's directory may be shared with busier programs, which must not make anybody look at it.
func TestNews(t *testing.T) {
	in := newHome(t).in
	const anything = fsnotify.Create | fsnotify.Write | fsnotify.Remove | fsnotify.Rename
	for _, c := range []struct {
		file string
		op   fsnotify.Op
		want news
	}{
		{"audit.log", fsnotify.Write, grown},
		{"audit.log", fsnotify.Chmod, grown},
		{"audit.log", fsnotify.Create, changed},
		{"audit.log", fsnotify.Rename, changed},
		{"audit.log", fsnotify.Remove, changed},
		{backup1, fsnotify.Create, changed},
		{backup1, fsnotify.Remove, changed},
		{backup1, fsnotify.Write, changed},
		{backup1, fsnotify.Chmod, nothing},
		{backup1 + ".gz", fsnotify.Create, changed},
		{backup1 + ".gz", fsnotify.Write, nothing},
		{backup1 + ".gz", fsnotify.Remove, changed},
		{"audit.log.1", fsnotify.Write, changed},
		{guardDir, fsnotify.Remove, changed},
		{".", fsnotify.Remove, changed},
		{"syslog", anything, nothing},
		{"audit2.log", anything, nothing},
		{"audit2-2020-01-01T00-00-00.000.log", anything, nothing},
	} {
		if got := in.newsOf(fsnotify.Event{Name: filepath.Join(in.dir(), c.file), Op: c.op}); got != c.want {
			t.Errorf("%s %v: %d, want %d", c.op, c.file, got, c.want)
		}
	}
}

// TestPauses: the first event after a while is passed on at once, the next ones are gathered, the less the faster the log
// grows.
func TestPauses(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\n")
	synctest.Test(t, func(t *testing.T) {
		in := h.in
		events := make(chan fsnotify.Event)
		gather := func(file string, op fsnotify.Op) (news, time.Duration) {
			begin := time.Now()
			n := in.gather(context.Background(), fsnotify.Event{Name: h.path(file), Op: op}, events)
			return n, time.Since(begin)
		}
		want := func(file string, op fsnotify.Op, n news, pause time.Duration) {
			t.Helper()
			if got, took := gather(file, op); got != n || took != pause {
				t.Errorf("%s: news %d after %v, want %d after %v", file, got, took, n, pause)
			}
		}
		want("audit.log", fsnotify.Write, changed, 0) // it was never seen
		want("audit.log", fsnotify.Write, grown, fastPause)
		want("audit.log", fsnotify.Write, grown, alertPause)
		time.Sleep(time.Minute)
		want("audit.log", fsnotify.Write, grown, 0)
		want("syslog", fsnotify.Write, nothing, slowPause)
		want("audit.log", fsnotify.Write, grown, slowPause)
		h.write("audit.log", strings.Repeat("x", fastGrowth)+"\n")
		want("audit.log", fsnotify.Write, grown, slowPause)
		want("audit.log", fsnotify.Write, grown, fastPause)
		want("audit.log", fsnotify.Remove, changed, fastPause)
		h.rotate(backup1)
		time.Sleep(time.Minute)
		want("syslog", fsnotify.Write, changed, 0)
	})
}

// TestAFloodOfEventsEnds: a busy program beside the log must not keep the readers from being woken.
func TestAFloodOfEventsEnds(t *testing.T) {
	h := newHome(t)
	events := make(chan fsnotify.Event, gatherMost+10)
	for range cap(events) {
		events <- fsnotify.Event{Name: h.path("audit.log"), Op: fsnotify.Write}
	}
	r := h.open(inputs.Options{})
	h.in.gather(ended, <-events, events)
	if len(events) == 0 {
		t.Error("it took all there were")
	}
	<-r.r.woken
}

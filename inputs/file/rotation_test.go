package file

import (
	"crypto/sha256"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/auditship/auditship/inputs"
)

// gzip replaces a file by its compressed form, as lumberjack and logrotate do.
func (h *home) gzip(name string) {
	h.Helper()
	data, err := os.ReadFile(h.path(name))
	h.must(err)
	f, err := os.Create(h.path(name + ".gz"))
	h.must(err)
	z := gzip.NewWriter(f)
	_, err = z.Write(data)
	h.must(err)
	h.must(z.Close())
	h.must(f.Close())
	h.remove(name)
}

const (
	backup1 = "audit-2026-11-22T11-50-28.753.log"
	backup2 = "audit-2026-11-22T11-50-33.367.log"
	backup3 = "audit-2026-11-22T11-50-38.317.log"
)

func TestRealRotatedLog(t *testing.T) {
	h := newHome(t)
	names, lines := rotated(t)
	for _, name := range names {
		data, err := os.ReadFile("testdata/rotated/" + name)
		h.must(err)
		h.write(name, string(data))
	}
	got := h.open(inputs.Options{}).all()
	if !slices.Equal(got, lines) {
		t.Fatalf("read %d records, want the %d lines in their order", len(got), len(lines))
	}
}

func TestRenamedFileIsReadToItsEnd(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\na2\n")
	r := h.open(inputs.Options{})
	r.want("a1", "a2")
	h.write("audit.log", "a3\n")
	h.rename("audit.log", backup1)
	h.write("audit.log", "b1\n")
	r.want("a3", "b1")
	r.want()
}

func TestRotationsWhileDown(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\na2\n")
	r := h.open(inputs.Options{})
	if got, _ := r.next(); got != "a1" {
		t.Fatal(got)
	}
	h.rename("audit.log", backup1)
	h.write("audit.log", "b1\n")
	h.rename("audit.log", backup2)
	h.write("audit.log", "c1\n")
	r = r.reopen()
	r.want("a2", "b1", "c1")
	r.reopen().want()
}

func TestHalfReadThenCompressed(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\na2\na3\n")
	r := h.open(inputs.Options{})
	r.next()
	h.rename("audit.log", backup1)
	h.gzip(backup1)
	h.write("audit.log", "b1\n")
	r = r.reopen()
	r.want("a2", "a3", "b1")
	h.rename("audit.log", backup2)
	h.gzip(backup2)
	r = r.reopen()
	r.want()
	h.write("audit.log", "c1\n")
	r.reopen().want("c1")
}

func TestHalfWrittenGzipIsLeftAlone(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\na2\n")
	h.write(backup1+".gz", "")
	h.write("audit.log", "b1\n")
	r := h.open(inputs.Options{})
	r.want("a1", "a2", "b1")
	h.remove(backup1 + ".gz")
	h.gzip(backup1)
	r.want()
}

func TestClockSteppedBack(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\n")
	r := h.open(inputs.Options{})
	r.want("a1")
	h.rename("audit.log", backup3)
	h.write("audit.log", "b1\n")
	r.want("b1")
	h.write("audit.log", "b2\n")
	h.rename("audit.log", backup1)
	h.write("audit.log", "c1\n")
	r.reopen().want("b2", "c1")
}

func TestLogrotateCreateGoesOnInTheRenamedFile(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\n")
	r := h.open(inputs.Options{})
	r.want("a1")
	h.rename("audit.log", "audit.log.1")
	h.write("audit.log", "")
	h.write("audit.log.1", "a2\nhal")
	r.want("a2") // the new log is empty: the writer may still have the old one
	h.write("audit.log.1", "f\n")
	r.want("half")
	h.write("audit.log", "b1\n")
	r.want("b1")
	h.write("audit.log.1", "late\n")
	r.want("late")
	r.reopen().want()
}

func TestTornLastLine(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\nhal")
	r := h.open(inputs.Options{})
	r.want("a1")
	h.rename("audit.log", backup1)
	r.want() // there is no newer log: nothing tells that it is over
	h.write("audit.log", "")
	r.want("~hal")
	h.write(backup1, "f\n")
	r = r.reopen()
	r.want("f")
	h.write("audit.log", "b1\n")
	r.want("b1")
}

func TestTornFirstLine(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "hal")
	r := h.open(inputs.Options{})
	r.want()
	h.rename("audit.log", backup1)
	h.write("audit.log", "b1\n")
	r.want("~hal", "b1")
	r = r.reopen()
	r.want()
	h.write(backup1, "f\na2\n")
	r.want("f", "a2")
	r.reopen().want()
}

func TestStartAtEnd(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\n")
	h.gzip(backup1)
	h.write(backup2, "b1\n")
	h.write("audit.log", "c1\nc2 hal")
	r := h.open(inputs.Options{Start: inputs.End})
	r = r.reopen() // not looked at yet: still the end
	r.want()
	h.write("audit.log", "f\nc3\n")
	r.reopen().want("c2 half", "c3")
}

func TestOnceEndsAtTheEnd(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\n")
	h.write("audit.log", "b1\nb2 hal")
	r := h.open(inputs.Options{Once: true})
	r.want("a1", "b1")
	if _, err := r.r.Next(t.Context()); err == nil || err.Error() != "EOF" {
		t.Fatalf("Next at the end: %v, want io.EOF", err)
	}
}

// TestEmptyLogComesBackCompressed: nothing but its place tells which file it is, when no agent ran meanwhile.
func TestEmptyLogComesBackCompressed(t *testing.T) {
	for _, before := range []bool{true, false} {
		h := newHome(t)
		h.write(backup1, "a1\n")
		h.write("audit.log", "")
		r := h.open(inputs.Options{})
		r.want("a1")
		r = r.reopen()
		h.write("audit.log", "b1\n")
		h.rotate(backup2)
		h.gzip(backup2)
		if !before {
			h.remove(backup1)
		}
		h.write("audit.log", "c1\n")
		want := []string{"b1", "c1"}
		if !before { // there may have been others
			want = append([]string{"gap 0--1"}, want...)
		}
		r.want(want...)
	}
}

// TestClosedByWhatIsGone: that something newer held data tells that a writer is through also when it is deleted, but not what
// was seen together with it, nor what was never seen but as a copy of the guard's: that may be older.
func TestClosedByWhatIsGone(t *testing.T) {
	for _, test := range []struct {
		name   string
		since  int
		closed bool
	}{{backup1, 1, true}, {backup1, 0, false}, {"audit.log.000000000007", 1, false}} {
		c := catalogue{base: "audit.log"}
		c.restore([]fileState{{Name: "audit.log.1", Size: 5}, {Name: test.name, Size: 5}, {Name: "audit.log"}})
		c.entries[1].since = test.since
		if closed := c.closed(c.entries[0]); closed != test.closed {
			t.Errorf("closed %v by %+v", closed, test)
		}
	}
}

// TestStandsForTheLogNoMore: a listing during a rotation shows the log, and what stood for it before, which is closed.
func TestStandsForTheLogNoMore(t *testing.T) {
	shown := func(k kind) *entry {
		return &entry{fileState: fileState{Live: true, Size: 1}, places: []found{{name: name{kind: k}}}, sealed: k == lumberjack}
	}
	before, log := shown(lumberjack), shown(live)
	c := catalogue{entries: []*entry{before, log}}
	if !c.closed(before) || c.closed(log) {
		t.Errorf("closed: %v, and the log %v", c.closed(before), c.closed(log))
	}
}

// TestRestBeforeALogThatGrows: a new log gets its first line after the last look. What is left of the file before it comes
// first all the same.
func TestRestBeforeALogThatGrows(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\ntorn")
	r := h.open(inputs.Options{})
	r.want("a1")
	h.remove("audit.log") // so that nobody knows whether its writer has closed it
	h.write("audit.log", "")
	r.r.look()
	h.write("audit.log", "b1\n")
	r.r.stale.Store(false)
	r.r.nextAt = r.r.in.sys.Now().Add(time.Hour)
	for _, want := range []string{"~torn", "b1"} {
		if got, _ := r.next(); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

// TestTornFileIsGone: where nothing but a number tells files apart, a torn one may have grown into another only if that
// begins with it.
func TestTornFileIsGone(t *testing.T) {
	for text, want := range map[string]bool{"torn no more\n": true, "another\n": false} {
		h := newHome(t)
		h.write(backup1, text)
		h.write(backup2, text)
		h.gzip(backup2)
		for _, name := range []string{backup1, backup2 + gzSuffix} {
			f, err := newLister(h.in).examine(found{name: parseName("audit.log", name), file: name, path: h.path(name)})
			h.must(err)
			torn := &entry{fileState: fileState{Length: 4, ID: sha256.Sum256([]byte("torn"))}}
			c := catalogue{sys: h.in.sys, entries: []*entry{{places: []found{f}}, torn, {places: []found{f}}}}
			if got := c.mistaken(torn); got != want {
				t.Errorf("%s, %q: %v, want %v", name, text, got, want)
			}
		}
	}
}

// TestEndOfADeletedLogComesFirst: the log grows, and is renamed and deleted so late that the listing, which shows the next one, says
// nothing of what it misses.
func TestEndOfADeletedLogComesFirst(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\n")
	r := h.open(inputs.Options{})
	r.want("a1")
	h.write("audit.log", "a2\n")
	h.rotate(backup1)
	h.remove(backup1)
	h.rotate(backup2)
	h.write(backup2, "b1\n")
	list := r.r.lister.list()
	list.moved = true
	r.r.files.merge(list)
	if e := r.r.next(); e == nil || e != r.r.cur {
		t.Errorf("the reader goes on with %+v", e)
	}
	r.want("a2", "gap 6--1", "b1") // without a guard nobody knows whether there were others
}

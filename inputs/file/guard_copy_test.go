package file

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/inputs"
)

// copyHome is a home where nothing can be linked, and what a reader that has read nothing needs is copied.
func copyHome(t *testing.T, budget unit.Size) (*home, *tap) {
	h := newHome(t)
	h.in.cfg.GuardDir, h.in.cfg.GuardBytes = filepath.Join(t.TempDir(), "guard", "api"), budget
	h.in.sys = noLinks{disk{}}
	h.write(oldest, "")
	h.write("audit.log", "")
	slow := h.open(inputs.Options{Pipeline: "api/slow"})
	slow.want()
	return h, slow
}

func (h *home) copies() []string {
	copies, err := filepath.Glob(filepath.Join(h.in.cfg.GuardDir, "*[0-9]")) // no notes
	h.must(err)
	return copies
}

// TestCopyThatNeverFits: a file that is larger than the whole budget is given up, and nothing else for it.
func TestCopyThatNeverFits(t *testing.T) {
	h, slow := copyHome(t, 30)
	g := newGuard(h.in)
	defer g.stop()
	for i, name := range []string{backup1, backup2, backup3} {
		h.write("audit.log", strings.Repeat(fmt.Sprint(i), []int{6, 6, 60}[i])+"\n")
		g.pass()
		h.rotate(name)
		g.pass()
		h.remove(name)
		g.pass()
	}
	slow.want("gap 0-61", "000000", "111111")
}

// threeBackups are in the directory, of 7 bytes each, when the oldest is deleted.
func (h *home) threeBackups(g *guard) {
	for i, name := range []string{backup1, backup2, backup3} {
		h.write("audit.log", strings.Repeat(fmt.Sprint(i), 6)+"\n")
		g.pass()
		h.rotate(name)
		g.pass()
	}
	h.remove(oldest)
	g.pass()
	h.remove(backup1)
}

// TestCopyAheadGivesUpNothing: what is still there needs no room that another file's only copy has.
func TestCopyAheadGivesUpNothing(t *testing.T) {
	h, slow := copyHome(t, 14)
	g := newGuard(h.in)
	defer g.stop()
	h.threeBackups(g)
	for range 3 {
		g.pass()
	}
	if len(h.copies()) != 2 || h.seen["guard_gave_up"] != 0 {
		t.Errorf("copies %v, anomalies %v", h.copies(), h.seen)
	}
	slow.want("000000", "111111", "222222")
}

// costly is a disk that takes no copy, and counts how often it is asked to.
type costly struct {
	noLinks
	tries   *int
	now     *time.Time
	holding func()
}

func (c costly) Now() time.Time { return *c.now }
func (c costly) Copy(handle, int64, time.Time, string) error {
	*c.tries++
	c.holding()
	return syscall.EDQUOT
}

// TestFailedCopyIsLeftAlone for a while, but not when the agent stops: then it is the last chance. And the readers know
// what is being copied.
func TestFailedCopyIsLeftAlone(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	tries, now := 0, time.Now()
	sys := costly{noLinks{disk{}}, &tries, &now, func() {
		if holding := h.in.holding.Load(); holding == nil || len(*holding) == 0 {
			t.Error("the readers do not know what is copied")
		}
	}}
	h.in.sys = sys
	g := newGuard(h.in)
	defer g.stop()
	h.write("audit.log", "a1\n")
	g.pass()
	h.rotate(backup1)
	g.pass()
	h.remove(backup1)
	for range 5 {
		g.pass()
	}
	if tries != 1 {
		t.Errorf("%d tries in 5 passes", tries)
	}
	now = now.Add(retryCopy)
	g.pass()
	g.pass()
	if tries != 2 {
		t.Errorf("%d tries, want a second one", tries)
	}
	g.stopping = func() bool { return true }
	g.pass()
	if tries != 3 {
		t.Errorf("%d tries, want one more at the stop", tries)
	}
	slow.want("a1")
}

// TestStopCopiesNothingAhead: only what is lost otherwise may hold it up.
func TestStopCopiesNothingAhead(t *testing.T) {
	h, _ := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	h.threeBackups(g)
	for _, c := range h.copies() {
		h.must(os.Remove(c))
	}
	g.stopping = func() bool { return true }
	g.pass()
	if n := len(h.copies()); n != 1 {
		t.Errorf("%d copies, want that of the deleted file", n)
	}
}

// TestRemainsOfACrash are removed, and nothing else.
func TestRemainsOfACrash(t *testing.T) {
	h, _ := copyHome(t, 1<<20)
	h.must(os.MkdirAll(h.in.cfg.GuardDir, 0o700))
	h.must(os.Mkdir(h.path(guardDir), 0o700))
	note := "audit.log.000000000007" + lostSuffix + tmpSuffix
	other := h.path(guardDir + "/other.log.000000000007" + lostSuffix + tmpSuffix)
	for _, path := range []string{filepath.Join(h.in.cfg.GuardDir, copyName+tmpSuffix), h.path(guardDir + "/" + note), other} {
		h.must(os.WriteFile(path, []byte("{"), 0o600))
	}
	h.must(h.in.Run(ended))
	if links := h.links(); fmt.Sprint(links) != fmt.Sprint([]string{other}) {
		t.Errorf("left: %v", links)
	}
	if _, err := os.Stat(filepath.Join(h.in.cfg.GuardDir, copyName+tmpSuffix)); err == nil {
		t.Error("half a copy is left")
	}
}

// TestTakenNames: one name that is no link of the guard's does not keep it from linking.
func TestTakenNames(t *testing.T) {
	h, g, _, slow := guardedHome(t)
	for _, seq := range []string{"1", "2", "4"} {
		h.must(os.MkdirAll(h.path(guardDir+"/audit.log.00000000000"+seq), 0o700))
	}
	h.must(os.Chmod(h.path(guardDir), 0o700))
	h.write(backup1, "a1\n")
	h.write("audit.log", "b1\n")
	if !g.pass() {
		t.Errorf("nothing is linked: %v", h.links())
	}
	h.wantLinks(5)
	h.remove(backup1)
	slow.want("a1", "b1")
}

// TestNameThatIsTakenMeanwhile, by whatever could not be listed.
func TestNameThatIsTakenMeanwhile(t *testing.T) {
	h, _, _, slow := guardedHome(t)
	h.in.sys = faulty{disk{}, func(call, path string) error {
		if call == "link" && !strings.HasSuffix(path, "3") {
			return os.ErrExist
		}
		return nil
	}}
	h.write("audit.log", "b1\n")
	if !newGuard(h.in).pass() {
		t.Errorf("nothing is linked: %v", h.links())
	}
	h.wantLinks(1)
	slow.want("b1")
}

// TestCopyOfWhatWasRead: a file that a reader is through with, and that is copied before the reader commits, is known by
// then, however many others are gone as well.
func TestCopyOfWhatWasRead(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	var lines, names []string
	for i := range 2 * keepGone {
		names = append(names, fmt.Sprintf("audit-2026-11-22T12-00-00.%03d.log", 100+i))
		lines = append(lines, fmt.Sprint("line ", i))
		h.write("audit.log", lines[i]+"\n")
		h.rotate(names[i])
	}
	g.pass()
	slow.want(lines...)
	for _, name := range names {
		h.remove(name)
	}
	slow.want()
	slow.want()
	g.pass()
	if len(h.copies()) < len(names) {
		t.Fatalf("%d copies, want one of each file", len(h.copies()))
	}
	slow.want()
}

// TestDeletedWhenItWasToBeKept: a file is deleted between its listing and its link, or copy. A reader that has never seen it
// is told.
func TestDeletedWhenItWasToBeKept(t *testing.T) {
	for _, call := range []string{"link", "open"} {
		h, slow := copyHome(t, 1<<20)
		h.write(backup1, "a1\n")
		h.write(backup2, "b1\n")
		h.write("audit.log", "c1\n")
		calls := 0
		sys := faulty{disk{}, func(what, path string) error {
			if ours := what == call && (call == "link" || filepath.Base(path) == backup1); ours {
				if calls++; calls == map[string]int{"link": 1, "open": 2}[call] { // the listing opens it first
					h.remove(backup1)
				}
			}
			return nil
		}}
		h.in.sys = sys
		if call == "open" {
			h.in.sys = noLinks{sys}
		}
		g := newGuard(h.in)
		g.pass()
		if h.seen["guard_too_late"] != 1 {
			t.Errorf("%s: anomalies %v", call, h.seen)
		}
		slow.want("gap 0-3", "b1", "c1")
		g.stop()
	}
}

// TestCompressedIsNotCopied: what was compressed is not lost with its plain form.
func TestCompressedIsNotCopied(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	h.write("audit.log", "a1\n")
	g.pass()
	h.rotate(backup1)
	h.gzip(backup1)
	g.pass()
	if c := h.copies(); len(c) != 0 {
		t.Errorf("copies %v", c)
	}
	h.remove(backup1 + gzSuffix)
	g.pass()
	slow.want("a1")
}

// TestDeletedFileGrows: its writer goes on with what somebody else has renamed and deleted, after it was copied.
func TestDeletedFileGrows(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	writer, err := os.OpenFile(h.path("audit.log"), os.O_APPEND|os.O_WRONLY, 0)
	h.must(err)
	defer writer.Close()
	for i, line := range []string{"a1\n", "a2\n"} {
		_, err := writer.WriteString(line)
		h.must(err)
		g.pass()
		if i == 0 {
			h.remove("audit.log")
			g.pass()
		}
	}
	h.write("audit.log", "b1\n")
	g.pass()
	if len(g.held) != 1 { // the log
		t.Errorf("%d files are open", len(g.held))
	}
	slow.want("gap -1--1", "a1", "a2", "b1") // nobody knows whether there were others behind a log that was deleted
}

// TestCopyOfSomethingOlder: what a reader sees later need not be newer, so that it does not tell that a writer is through with
// what was seen before; nor is the copy of a former log the log, where there is none.
func TestCopyOfSomethingOlder(t *testing.T) {
	for _, order := range [][]string{{"b1", "long c1"}, {"long c1", "b1"}} {
		h, slow := copyHome(t, 1<<20)
		again := func() {
			cfg, sys := h.in.cfg, h.in.sys
			slow = slow.reopen()
			h.in.cfg, h.in.sys = cfg, sys
		}
		h.write("audit.log", "a1\n")
		slow.want("a1")
		again()
		g := newGuard(h.in)
		h.rename("audit.log", "audit.log.2")
		h.write(backup1, "b1\n")
		h.write("audit.log", "")
		g.pass()
		h.remove("audit.log.2")
		h.remove(backup1)
		slow.want()
		h.rename("audit.log", "audit.log.1") // by logrotate, whose writer goes on with it
		if order[1] == "b1" {
			h.write("audit.log", "") // and then it is not the log
		}
		g.pass()
		h.write("audit.log.1", "long c1\n")
		slow.want(order...)
		g.stop()
		again()
		h.remove("audit.log.1") // and perhaps there was more
		slow.want("gap 8--1")
	}
}

// TestNothingIsSaidToBeHeldThatIsNot: a reader closes what the guard has open, so it must know when that is so no more.
func TestNothingIsSaidToBeHeldThatIsNot(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	h.write("audit.log", "a1\n")
	g.pass()
	slow.want("a1")
	h.rotate(backup1)
	slow.want()
	slow.commit()
	h.remove("audit.log")
	g.pass()
	g.pass()
	if holding := h.in.holding.Load(); len(g.held) != len(*holding) {
		t.Errorf("%d files are open, %d said to be", len(g.held), len(*holding))
	}
}

// TestHeldFileIsTruncated: what the guard has open is what it holds now, to the readers as well.
func TestHeldFileIsTruncated(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	for _, line := range []string{"a1\n", "b1\n"} {
		h.must(os.Truncate(h.path("audit.log"), 0))
		h.write("audit.log", line)
		g.pass()
	}
	held, want := (*h.in.holding.Load())[0].head.id, sha256.Sum256([]byte("b1"))
	if held != want {
		t.Errorf("the guard holds %s, want %x", held, want)
	}
	h.remove("audit.log")
	g.pass()
	slow.want("gap -1--1", "b1") // nobody saw a1
}

// TestGrownCopyFindsNoRoom: what a writer appended to a deleted file is lost when there is no room for it, and told; what
// was copied before is not.
func TestGrownCopyFindsNoRoom(t *testing.T) {
	for _, restart := range []bool{false, true} {
		h, slow := copyHome(t, 5)
		g := newGuard(h.in)
		defer g.stop()
		writer, err := os.OpenFile(h.path("audit.log"), os.O_APPEND|os.O_WRONLY, 0)
		h.must(err)
		defer writer.Close()
		writer.WriteString("a1\n")
		g.pass()
		h.remove("audit.log")
		g.pass()
		slow.r.look()
		writer.WriteString("a2\n")
		g.pass()
		h.write("audit.log", "b1\n")
		g.pass()
		if restart {
			dir := h.in.cfg
			slow = slow.reopen()
			slow.in.cfg = dir
		}
		slow.want("gap -1--1", "a1", "gap 3--1", "b1")
	}
}

// TestMoreThanCanBeHeld: where many backups are deleted at once (--audit-log-maxage does that), some are not open yet. They are
// lost, and told.
func TestMoreThanCanBeHeld(t *testing.T) {
	h, slow := copyHome(t, 1<<30)
	g := newGuard(h.in)
	defer g.stop()
	const files = maxHeld + 26
	name := func(i int) string { return fmt.Sprintf("audit-2026-11-22T12-00-00.%03d.log", 100+i) }
	for i := range files {
		h.write("audit.log", fmt.Sprintf("line %d\n", i))
		h.rotate(name(i))
	}
	h.write("audit.log", "the last\n")
	g.pass()
	for i := range files {
		h.remove(name(i))
	}
	var lines, gaps int
	for range 10 {
		g.pass()
		for _, text := range slow.all() {
			if strings.HasPrefix(text, "gap") {
				gaps++
			} else {
				lines++
			}
		}
	}
	if lines <= maxHeld || lines+gaps < files+1 {
		t.Errorf("%d lines and %d gaps of %d files", lines, gaps, files+1)
	}
}

package file

import (
	"os"
	"testing"

	"github.com/auditship/auditship/inputs"
)

// TestDeletedLogGoesOn: somebody deleted the log before a reader saw it, so that only the guard's link shows it, and an older
// backup stands for the log. That says nothing of the writer, which may go on with what was deleted. When the agent stops the link
// goes, with all that is written then.
func TestDeletedLogGoesOn(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\n")
	r, g := h.open(inputs.Options{}), newGuard(h.in)
	t.Cleanup(g.stop)
	g.watcher.open() // else a hole would be told in any case
	r.want("a1")
	writer, err := os.Create(h.path("audit.log"))
	h.must(err)
	defer writer.Close()
	writer.WriteString("b1\n")
	g.pass()
	h.remove("audit.log")
	r.want("b1")
	r.commit()
	g.finish()
	h.wantLinks(0)

	writer.WriteString("b2\n")
	r = r.reopen()
	h.write("audit.log", "c1\n")
	r.want("gap 3--1", "c1")
}

// TestWhatStandsForTheLogIsNotNewer: only the log itself is newer than all else, whatever its place.
func TestWhatStandsForTheLogIsNotNewer(t *testing.T) {
	for kind, want := range map[kind]bool{live: true, lumberjack: false} {
		log := &entry{fileState: fileState{Live: true, Size: 1}, places: []found{{name: name{kind: kind}}}, own: true}
		left := &entry{fileState: fileState{Size: 1}, places: []found{{name: name{kind: guarded}}}}
		c := catalogue{entries: []*entry{log, left}}
		if closed := c.closed(left); closed != want {
			t.Errorf("closed %v by a file of kind %d, want %v", closed, kind, want)
		}
	}
}

// TestSteppedBackupStandsForTheLog: a clock was stepped back, so that an older backup is seen as the newest file while there is no
// log. The writer of what logrotate renamed may go on with that all the same.
func TestSteppedBackupStandsForTheLog(t *testing.T) {
	h := newHome(t)
	h.write("audit-2099-01-01T00-00-00.000.log", "a1\n")
	h.write("audit.log.1", "b1\n")
	r := h.open(inputs.Options{})
	r.want("b1", "a1")
	h.write("audit.log.1", "b2\n")
	h.remove("audit.log.1")
	h.write("audit.log", "c1\n")
	r = r.reopen()
	r.want("gap 3--1", "c1")
}

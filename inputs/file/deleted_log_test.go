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

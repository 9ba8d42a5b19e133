package deadletter

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/event"
)

func TestRecentIsBounded(t *testing.T) {
	r := newRecent()
	id := func(n int) event.ID { return event.ID(fmt.Appendf(nil, "%016d", n)) }
	for n := range 5 * generation {
		r.add(id(n))
	}
	if held := len(r.now) + len(r.before); held > 2*generation {
		t.Errorf("%d IDs are held", held)
	}
	for n := 4 * generation; n < 5*generation; n++ {
		if !r.has(id(n)) {
			t.Fatalf("ID %d is forgotten", n)
		}
	}
	last := id(5*generation - 1)
	r.forget([]event.ID{last})
	if r.has(last) {
		t.Error("a forgotten ID is known")
	}
}

// Of a long file only the end is read, and nothing of it is lost, wherever that end begins.
func TestLongFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dead-letters.jsonl")
	var all []string
	for look := int64(1); look < 400; look += 7 {
		f := NewFile(disk.OS{}, path, plenty)
		f.lookBack = look
		all = append(all, fmt.Sprint("looking back ", look))
		if err := f.Append(letters(all[len(all)-1])); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	same(t, path, all...)
}

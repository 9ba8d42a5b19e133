package file

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"github.com/auditship/auditship/inputs"
)

// TestLongLinesOfManyReaders: readers use the memory of long lines one after the other, and what one of them has returned stays until
// it is asked for more, whatever the others do.
func TestLongLinesOfManyReaders(t *testing.T) {
	const readers, count = 3, 12
	line := func(n, i int) string {
		return fmt.Sprintf(`{"reader":%d,"line":%d,"pad":"%s"}`, n, i, strings.Repeat(string(rune('a'+n)), 250<<10+i<<14))
	}
	var all [readers]inputs.Reader
	for n := range all {
		h := newHome(t)
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		for i := range count {
			fmt.Fprintln(z, line(n, i))
		}
		z.Close()
		h.write(backup1+".gz", zipped.String())
		h.write("audit.log", fmt.Sprintf("{\"live\":%d}\n", n))
		r, err := h.in.Open(inputs.Options{Pipeline: "p", Once: true})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		all[n] = r
	}
	for i := range count {
		var got [readers][]byte
		for n, r := range all {
			record, err := r.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got[n] = record.Data
		}
		for n := range got {
			if string(got[n]) != line(n, i) {
				t.Errorf("reader %d, line %d: other bytes than were written", n, i)
			}
		}
	}
}

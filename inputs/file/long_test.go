package file

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/auditship/auditship/inputs"
)

func TestCorruptGzip(t *testing.T) {
	h := newHome(t)
	var lines strings.Builder
	for i := range 50000 {
		fmt.Fprintf(&lines, "%d %x\n", i, i*i*i)
	}
	h.write(backup1, lines.String())
	h.gzip(backup1)
	i, err := os.Stat(h.path(backup1 + ".gz"))
	h.must(err)
	h.must(os.Truncate(h.path(backup1+".gz"), i.Size()/2))
	h.write(backup2+".gz", "no gzip at all")
	h.write("audit.log", "b1\n")
	r := h.open(inputs.Options{})
	got := r.all()
	gaps := 0
	for _, text := range got {
		if strings.HasPrefix(text, "gap") {
			gaps++
		}
	}
	if len(got) < 10000 || gaps != 2 || got[0] != "0 0" || got[len(got)-1] != "b1" {
		t.Fatalf("got %d records, %d gaps, the last %q", len(got), gaps, got[max(0, len(got)-3):])
	}
	r.wantSeen("corrupt_gzip")
	r = r.reopen()
	r.want()
}

func TestLongLines(t *testing.T) {
	for _, zip := range []bool{false, true} {
		h := newHome(t)
		long := string(bytes.Repeat([]byte("0123456789"), 1<<20))
		h.write(backup1, "a1\n"+long+"\na2\n"+long[:blockSize]+"\n"+long[:blockSize-1]+"\na3\n")
		if zip {
			h.gzip(backup1)
		}
		r := h.open(inputs.Options{})
		r.want("a1", long, "a2", long[:blockSize], long[:blockSize-1], "a3")
		if len(r.r.win.buf) > blockSize {
			t.Errorf("%d bytes of buffer are kept", len(r.r.win.buf))
		}
		if zip {
			continue
		}
		h.write("audit.log", long)
		r.want()
		if len(r.r.win.buf) > blockSize {
			t.Errorf("an incomplete line takes %d bytes of buffer", len(r.r.win.buf))
		}
		h.rename("audit.log", backup2)
		h.write("audit.log", "b1\n")
		r.want("~"+long, "b1")
	}
}

func TestLineTooLong(t *testing.T) {
	for _, zip := range []bool{false, true} {
		h := newHome(t)
		long := strings.Repeat("x", 3<<20)
		h.write(backup1, "a1\n"+long+"\na2\n")
		if zip {
			h.gzip(backup1)
		}
		h.write("audit.log", long)
		r := h.open(inputs.Options{})
		r.r.win.limit = 1 << 20
		r.want("a1", fmt.Sprintf("gap 3-%d", 3+len(long)+1), "a2")
		h.write("audit.log", "\nb1\n")
		r.want(fmt.Sprintf("gap 0-%d", len(long)+1), "b1")
		r.wantSeen("line_too_long")
	}
}

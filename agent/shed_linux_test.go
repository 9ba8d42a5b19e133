package agent

import (
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const someMappings = `00400000-00c9e000 r-xp 00000000 fe:00 10996380                           /usr/bin/auditship
Size:               8824 kB
Rss:                7984 kB
Anonymous:             0 kB
00c9e000-01698000 r--p 0089e000 fe:00 10996380                           /usr/bin/auditship
Anonymous:             4 kB
01698000-0172c000 rw-p 01298000 fe:00 10996380                           /usr/bin/auditship
Anonymous:             0 kB
0172c000-03779000 rw-p 00000000 00:00 0 
Anonymous:             0 kB
7f0000000000-7f0000001000 r--p 00000000 fe:00 7                          /usr/bin/auditship (deleted)
Anonymous:             0 kB
7f0000001000-7f0000002000 r--p 00000000 fe:00 7                          /usr/bin/auditship
Anonymous:             0 kB
nonsense-7f r--p 00000000 fe:00 7                                        /usr/bin/auditship
Anonymous:             0 kB
`

func TestUnchanged(t *testing.T) {
	want := []mapping{{0x400000, 0xc9e000}, {0x7f0000001000, 0x7f0000002000}}
	if got := unchanged(someMappings, "/usr/bin/auditship"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	for cut := range len(someMappings) {
		unchanged(someMappings[:cut], "/usr/bin/auditship")
	}
}

// TestShed goes on when its own pages are gone.
func TestShed(t *testing.T) {
	binary, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Skip(err)
	}
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil || len(unchanged(string(smaps), binary)) == 0 {
		t.Fatal(err, "this binary has no part that nobody has changed")
	}
	dropBinary()
	numbers := strings.Fields(strings.Repeat("17 4 ", 100))
	slices.Sort(numbers)
	if n, err := strconv.Atoi(numbers[0]); n != 17 || err != nil {
		t.Error(n, err)
	}
}

func TestShedWaits(t *testing.T) {
	shed(time.Hour)() // before it begins
	shed(0)()         // or at any time in it
}

package file

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/auditship/auditship/inputs"
)

// TestForecast: 10 bytes of uncommitted data a second, 100 committed bytes that are not deleted yet, a budget of 500.
func TestForecast(t *testing.T) {
	begin := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(seconds int, unread, ahead, spared, free int64) sample {
		return sample{begin.Add(time.Duration(seconds) * time.Second), account{unread, ahead, spared}, free}
	}
	inf := math.Inf(1)
	for name, test := range map[string]struct {
		first, now sample
		want       float64
	}{
		"falls behind":                     {at(0, 0, 100, 0, 900), at(10, 100, 100, 0, 900), 60},
		"the guard keeps some already":     {at(0, 0, 0, 0, 900), at(10, 100, 0, 200, 900), 30},
		"nothing is left":                  {at(0, 0, 0, 0, 900), at(10, 100, 0, 600, 900), 0},
		"keeps up":                         {at(0, 50, 100, 0, 900), at(10, 50, 100, 0, 900), inf},
		"catches up":                       {at(0, 900, 100, 0, 900), at(10, 50, 100, 0, 900), inf},
		"no rate yet":                      {at(0, 0, 100, 0, 900), at(4, 100, 100, 0, 900), inf},
		"the disk fills before":            {at(0, 0, 100, 0, 900), at(10, 100, 100, 0, 800), 20},
		"but the guard is not needed yet":  {at(0, 0, 400, 0, 900), at(10, 100, 400, 0, 800), 40},
		"stands still, and the disk fills": {at(0, 50, 0, 50, 900), at(10, 50, 0, 50, 800), 20},
		"catches up before the disk fills": {at(0, 150, 0, 50, 900), at(10, 50, 0, 50, 800), inf},
	} {
		if got := untilLoss(test.first, test.now, 500, 600); got != test.want {
			t.Errorf("%s: %v s, want %v", name, got, test.want)
		}
	}
}

// still is a system whose clock the test turns.
type still struct {
	system
	now *time.Time
}

func (s still) Now() time.Time { return *s.now }

// TestLagWhileNobodyReads: the output is dead, so Next is not called; lag and forecast come from Input.Run.
func TestLagWhileNobodyReads(t *testing.T) {
	h, _, _, slow := guardedHome(t)
	now := time.Now()
	h.in.sys = still{disk{}, &now}
	h.in.cfg.GuardBytes, h.in.cfg.MinFree = 1000, 1
	g := newGuard(h.in)
	h.write("audit.log", "0123456789\n")
	slow.next()
	slow.commit()
	for i := range 10 {
		name := fmt.Sprintf("audit-2026-11-22T12-00-%02d.000.log", i)
		h.write("audit.log", fmt.Sprintf("%08d %0100d\n", i, i))
		h.rotate(name)
		g.pass()
		lag := slow.r.Lag()
		if want := int64(110 * (i + 1)); lag.Bytes < want || lag.Bytes > want+11 { // the block that Next is in counts as unread
			t.Fatalf("lag is %d bytes, want %d", lag.Bytes, want)
		}
		if i == 5 && !math.IsInf(lag.SecondsUntilLoss, 1) {
			t.Errorf("%v s until loss, and nothing was ever deleted", lag.SecondsUntilLoss)
		}
		if i > 5 {
			h.remove(fmt.Sprintf("audit-2026-11-22T12-00-%02d.000.log", i-6))
		}
		now = now.Add(10 * time.Second)
	}
	// 11 bytes a second; 11 bytes of the first file were committed, and it and two more are deleted: 319 are kept.
	g.pass()
	if got := slow.r.Lag().SecondsUntilLoss; got < 40 || got > 80 {
		t.Errorf("%v s until loss, want about (1000-429)/11", got)
	}
}

var _ inputs.Reader = (*reader)(nil)

package simulate

import (
	"fmt"
	"testing"
)

// However many names there are, memory is bounded, the sum is right and what is frequent stays.
func TestTableIsBounded(t *testing.T) {
	var table table
	const names = 20 * mostRows
	for i := range names {
		table.add(fmt.Appendf(nil, "stranger-%d", i), 10)
		if i%10 == 0 {
			table.add([]byte("friend"), 100)
		}
		if len(table.rows) > mostRows {
			t.Fatalf("%d rows", len(table.rows))
		}
	}
	got := table.top(3)
	sum := got.Others
	for _, row := range got.Top {
		sum.plus(row.Volume)
	}
	if want := (Volume{names + names/10, 10*names + 100*names/10}); sum != want {
		t.Errorf("got %+v in all, want %+v", sum, want)
	}
	if first := got.Top[0]; first.Name != "friend" || first.Events != names/10 || !got.Lower {
		t.Errorf("got %+v", got)
	}
}

func TestTop(t *testing.T) {
	var table table
	for i, name := range []string{"a", "b", "b", "c", "c"} {
		table.add([]byte(name), i)
	}
	got := fmt.Sprint(table.top(2))
	if want := "{[{c {2 7}} {b {2 3}}] {1 0} false}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if empty := table.top(0); len(empty.Top) != 0 || empty.Others.Events != 5 {
		t.Errorf("got %+v", empty)
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		number(0): "0", number(999): "999", number(1000): "1,000", number(1234567): "1,234,567",
		size(0): "0 B", size(999): "999 B", size(1000): "1.0 kB", size(999_949): "999.9 kB", size(999_950): "1.0 MB", size(5e15): "5.0 PB", size(5e18): "5000.0 PB",
		share(0, 0): "0.0 %", share(0, 5): "0.0 %", share(1, 1e6): "<0.1 %", share(1, 3): "33.3 %", share(999_999, 1e6): ">99.9 %", share(7, 7): "100.0 %",
		ratio(0, 0): "0.00", ratio(3, 2): "1.50",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

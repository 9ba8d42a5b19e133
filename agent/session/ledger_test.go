package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// record is a session that began some seconds after noon and, if end is not negative, ended.
func record(id, verb, outcome string, start, end float64, argv ...string) *Record {
	at := func(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }
	r := &Record{ID: id, Kind: "exec", Verb: verb, Outcome: outcome, Start: at(start), Attempts: 1, Pod: "web", Argv: argv, Actor: Party{Name: "jane"}}
	if end >= 0 {
		ended := at(end)
		r.End = &ended
	}
	return r
}

// gather is what a Ledger makes of records, in short.
func gather(t *testing.T, l *Ledger, got *[]string, records ...*Record) string {
	t.Helper()
	for _, r := range records {
		if err := l.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Flush(); err != nil {
		t.Fatal(err)
	}
	if l.bytes != 0 || len(l.held) != 0 {
		t.Errorf("%d bytes of %d sessions are left", l.bytes, len(l.held))
	}
	return strings.Join(*got, ", ")
}

func newLedger() (*Ledger, *[]string) {
	var got []string
	return NewLedger(func(r *Record) error {
		duration := "-"
		if r.Duration != nil {
			duration = fmt.Sprint(*r.Duration)
		}
		got = append(got, fmt.Sprintf("%s +%v %s %s x%d", r.ID, r.Start.Sub(noon).Seconds(), duration, r.Outcome, r.Attempts))
		return nil
	}), &got
}

func TestLedger(t *testing.T) {
	zoe := record("b", "create", "ended", 0.1, 2, "id")
	zoe.Actor.Name = "zoe"
	tests := []struct {
		name    string
		records []*Record
		want    string
	}{
		{"start and end", []*Record{record("a", "get", "upgraded", 0, -1), record("a", "get", "ended", 0, 2.5)}, "a +0 2500 ended x1"},
		{"end before start", []*Record{record("a", "get", "ended", 0, 2.5), record("a", "get", "upgraded", 0, -1)}, "a +0 2500 ended x1"},
		{"end alone", []*Record{record("a", "get", "ended", 0, 1)}, "a +0 1000 ended x1"},
		{"start alone", []*Record{record("a", "get", "upgraded", 0, -1)}, "a +0 - open x1"},
		{"refused at the start", []*Record{record("a", "get", "refused", 0, -1)}, "a +0 - refused x1"},
		{"oldest first", []*Record{record("b", "get", "ended", 2, 3), record("a", "get", "ended", 1, 9)}, "a +1 8000 ended x1, b +2 1000 ended x1"},
		{"one ID, two commands", []*Record{record("a", "get", "ended", 0, 1, "id"), record("a", "get", "ended", 0, 1, "sh")}, "a +0 1000 ended x1, a +0 1000 ended x1"},
		{"second attempt", []*Record{record("b", "create", "ended", 0.1, 2, "id"), record("a", "get", "refused", 0, 0, "id")}, "b +0 2000 ended x2"},
		{"both refused", []*Record{record("a", "get", "refused", 0, 0, "id"), record("b", "create", "refused", 0.1, 0.1, "id")}, "b +0 100 refused x2"},
		{"too late", []*Record{record("a", "get", "refused", 0, 0, "id"), record("b", "create", "ended", 1.1, 2, "id")}, "a +0 0 refused x1, b +1.1 900 ended x1"},
		{"another command", []*Record{record("a", "get", "refused", 0, 0, "id"), record("b", "create", "ended", 0.1, 2, "sh")}, "a +0 0 refused x1, b +0.1 1900 ended x1"},
		{"somebody else", []*Record{record("a", "get", "refused", 0, 0, "id"), zoe}, "a +0 0 refused x1, b +0.1 1900 ended x1"},
		{"the first went through", []*Record{record("a", "get", "ended", 0, 0.1, "id"), record("b", "create", "ended", 0.2, 0.2, "id")}, "a +0 100 ended x1, b +0.2 0 ended x1"},
		{"twice by hand", []*Record{record("a", "get", "refused", 0, 0, "id"), record("b", "create", "refused", 0.1, 0.1, "id"), record("c", "get", "refused", 0.5, 0.5, "id"), record("d", "create", "refused", 0.6, 0.6, "id")},
			"b +0 100 refused x2, d +0.5 100 refused x2"},
	}
	for _, tt := range tests {
		l, got := newLedger()
		if all := gather(t, l, got, tt.records...); all != tt.want || l.Partial() {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, all, tt.want)
		}
	}
}

// TestBegan: what was open when an API server began never gets an end.
func TestBegan(t *testing.T) {
	l, got := newLedger()
	l.Began(noon.Add(5 * time.Second))
	l.Began(noon.Add(2 * time.Second))
	all := gather(t, l, got, record("a", "get", "upgraded", 1, -1), record("b", "get", "upgraded", 6, -1), record("c", "get", "ended", 1, 7))
	if want := "a +1 - end unknown x1, c +1 6000 ended x1, b +6 - open x1"; all != want {
		t.Errorf("\n got %s\nwant %s", all, want)
	}
}

// TestBounded: a Ledger holds no more than its limit, and tells all the same of every session.
func TestBounded(t *testing.T) {
	l, got := newLedger()
	l.limit = 20_000
	for i := range 1000 {
		if err := l.Add(record(fmt.Sprintf("%04d", i), "get", "ended", float64(i), float64(i)+0.5)); err != nil {
			t.Fatal(err)
		}
		if l.bytes > l.limit {
			t.Fatalf("holds %d bytes", l.bytes)
		}
	}
	gather(t, l, got)
	if len(*got) != 1000 || !slices.IsSorted(*got) || !l.Partial() {
		t.Errorf("%d sessions, partial %v", len(*got), l.Partial())
	}
}

func TestEventOfBeginning(t *testing.T) {
	const list = `"requestURI":"/apis/rbac.authorization.k8s.io/v1/clusterroles"`
	event := func(user, verb, uri string) string {
		return `{"auditID":"a","stage":"ResponseComplete","user":{"username":"` + user + `"},"verb":"` + verb + `",` + uri + `,"requestReceivedTimestamp":"2026-11-22T12:00:00Z"}`
	}
	if at, ok := Began(decode(t, event("system:apiserver", "list", list))); !ok || !at.Equal(noon) {
		t.Errorf("began at %v, %v", at, ok)
	}
	for _, other := range []string{
		event("jane", "list", list), event("system:apiserver", "watch", list),
		event("system:apiserver", "list", `"requestURI":"/apis/rbac.authorization.k8s.io/v1/clusterroles?limit=500"`),
	} {
		if _, ok := Began(decode(t, other)); ok {
			t.Errorf("%s is taken for a beginning", other)
		}
	}
}

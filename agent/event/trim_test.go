package event

import (
	"fmt"
	"testing"
)

func checkTrimTo(t *testing.T, e Event, max int) {
	t.Helper()
	before := e.Size()
	fits := e.TrimTo(max)
	checkShipped(t, &e)
	switch {
	case fits != (e.Size() <= max):
		t.Fatalf("TrimTo(%d) says %v, size is %d", max, fits, e.Size())
	case e.Trimmed&lasting != 0:
		t.Fatalf("TrimTo leaves out %b", e.Trimmed)
	case before <= max && e.Trimmed != 0:
		t.Fatalf("TrimTo leaves out %b of an event that fits", e.Trimmed)
	case !fits && e.Trimmed != e.present()&^lasting:
		t.Fatalf("TrimTo gives up having left out %b", e.Trimmed)
	}
}

func TestTrimToOrder(t *testing.T) {
	e := decode(t, `{"kind":"Event","auditID":"11111111111111111111","stage":"Panic","requestURI":"/22","verb":"get","user":{},`+
		`"userAgent":"333333333333333","objectRef":{"name":"44"},"requestObject":{"a":1},"responseObject":{"b":2},"annotations":{"a":"555555555555"}}`)
	want := []Fields{
		0,
		Bodies,
		Bodies | Set(Annotations),
		Bodies | Set(Annotations, UserAgent),
		Bodies | Set(Annotations, UserAgent, ObjectRef),
		Bodies | Set(Annotations, UserAgent, ObjectRef, RequestURI),
		Bodies | Set(Annotations, UserAgent, ObjectRef, RequestURI, User),
	}
	var got []Fields
	for size := e.Size(); size >= 0; size-- {
		event := *e
		event.TrimTo(size)
		if len(got) == 0 || got[len(got)-1] != event.Trimmed {
			got = append(got, event.Trimmed)
		}
	}
	if fmt.Sprintf("%b", got) != fmt.Sprintf("%b", want) {
		t.Errorf("TrimTo leaves out, step by step,\n%b, want\n%b", got, want)
	}
}

func TestTrimToRealRecords(t *testing.T) {
	for _, record := range realRecords(t) {
		e := decode(t, string(record))
		e.Enrichment = []byte(`{"id":"x"`)
		for _, max := range []int{0, 200, 400, 800, 1600, 3200} {
			checkTrimTo(t, *e, max)
		}
	}
}

// What a rule has left out already stays out.
func TestTrimToKeepsTrimmed(t *testing.T) {
	e := decode(t, `{"auditID":"1","stage":"Panic","userAgent":"123456789","requestObject":{}}`)
	e.Trimmed = Set(UserAgent)
	if !e.TrimTo(e.Size()) || e.Trimmed != Set(UserAgent) {
		t.Errorf("trimmed: %b", e.Trimmed)
	}
	if e.TrimTo(10) || e.Trimmed != Set(UserAgent, RequestObject) {
		t.Errorf("trimmed: %b", e.Trimmed)
	}
}

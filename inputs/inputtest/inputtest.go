// Package inputtest is the conformance suite of inputs: what every inputs.Input must do.
package inputtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/inputs"
)

// Harness is what an input brings to the suite.
type Harness struct {
	// New returns an input that holds the records, and a function that adds more. Each record is a line without its
	// newline. The input stays as it is when it is opened again.
	New func(t *testing.T, records [][]byte) (in inputs.Input, add func(records [][]byte))
}

// Run runs the suite. Input.Run is not called: readers must work without it.
func Run(t *testing.T, h Harness) {
	for name, test := range map[string]func(*testing.T, Harness){
		"Order": order, "CursorRoundTrip": cursorRoundTrip, "CursorOfGrowingInput": cursorOfGrowingInput,
		"CursorStaysWhatItWas": cursorStays, "ContextEnds": contextEnds, "DataIsValidUntilNextCall": dataIsValid,
		"StartAtEnd": startAtEnd, "ReadersAreIndependent": independent, "OnceIsOver": onceIsOver, "LagFalls": lagFalls,
		"EndedContextReadsOn": endedContext, "UnreadReaderKeepsCursor": unread, "BadCursor": badCursor, "WaitsForMore": waitsForMore,
	} {
		t.Run(name, func(t *testing.T) { test(t, h) })
	}
}

// Records makes n records of different lengths, some of them long.
func Records(from, n int) [][]byte {
	records := make([][]byte, n)
	for i := range records {
		length := 1 << (uint(from+i) % 15)
		records[i] = fmt.Appendf(nil, `{"n":%d,"pad":"%s"}`, from+i, bytes.Repeat([]byte{'x'}, length))
	}
	return records
}

func open(t *testing.T, in inputs.Input, o inputs.Options) inputs.Reader {
	t.Helper()
	if o.Pipeline == "" {
		o.Pipeline = "in/out"
	}
	r, err := in.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// expect reads the records, and fails if others come. It does not look for what is behind them.
func expect(t *testing.T, r inputs.Reader, want [][]byte) {
	t.Helper()
	for i, w := range want {
		rec, err := r.Next(t.Context())
		if err != nil {
			t.Fatalf("record %d of %d: %v", i, len(want), err)
		}
		if !bytes.Equal(rec.Data, w) || rec.Torn != "" {
			t.Fatalf("record %d of %d is %.60q (torn %q), want %.60q", i, len(want), rec.Data, rec.Torn, w)
		}
	}
}

// expectNothing makes sure that there is no more.
func expectNothing(t *testing.T, r inputs.Reader) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if rec, err := r.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("Next at the end with an ended context: %.60q, %v, want context.Canceled", rec.Data, err)
	}
}

// encode makes a checkpoint of a position.
func encode(t *testing.T, c inputs.Cursor) []byte {
	t.Helper()
	data, err := c.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func order(t *testing.T, h Harness) {
	want := Records(0, 200)
	in, add := h.New(t, want)
	r := open(t, in, inputs.Options{})
	expect(t, r, want)
	expectNothing(t, r)
	more := Records(200, 50)
	add(more)
	expect(t, r, more)
}

func cursorRoundTrip(t *testing.T, h Harness) {
	want := Records(0, 40)
	in, _ := h.New(t, want)
	r := open(t, in, inputs.Options{})
	for i := range len(want) + 1 {
		again := open(t, in, inputs.Options{Cursor: encode(t, r.Cursor()), Start: inputs.End, Pipeline: "in/again"})
		expect(t, again, want[i:])
		expectNothing(t, again)
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
		if i < len(want) {
			expect(t, r, want[i:i+1])
		}
	}
}

func cursorOfGrowingInput(t *testing.T, h Harness) {
	in, add := h.New(t, nil)
	r := open(t, in, inputs.Options{})
	expectNothing(t, r)
	for i := range 5 {
		records := Records(10*i, 10)
		add(records)
		expect(t, r, records[:7])
		r = open(t, in, inputs.Options{Cursor: encode(t, r.Cursor())})
		expect(t, r, records[7:])
		r.Commit(r.Cursor())
	}
	expectNothing(t, r)
}

func cursorStays(t *testing.T, h Harness) {
	want := Records(0, 20)
	in, _ := h.New(t, want)
	r := open(t, in, inputs.Options{})
	expect(t, r, want[:5])
	c := r.Cursor()
	before := encode(t, c)
	expect(t, r, want[5:])
	if after := encode(t, c); !bytes.Equal(before, after) {
		t.Fatalf("a cursor changed while the reader went on:\n%s\n%s", before, after)
	}
	expect(t, open(t, in, inputs.Options{Cursor: before, Pipeline: "in/again"}), want[5:])
}

func contextEnds(t *testing.T, h Harness) {
	want := Records(0, 2)
	in, add := h.New(t, want[:1])
	r := open(t, in, inputs.Options{})
	expect(t, r, want[:1])
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := r.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Next: %v, want the error of its context", err)
	}
	add(want[1:])
	expect(t, r, want[1:])
}

func dataIsValid(t *testing.T, h Harness) {
	want := Records(0, 30)
	in, add := h.New(t, want)
	r := open(t, in, inputs.Options{})
	for _, w := range want {
		rec, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		encode(t, r.Cursor())
		r.Commit(r.Cursor())
		r.Lag()
		add(Records(1000, 1))
		if !bytes.Equal(rec.Data, w) {
			t.Fatalf("a record changed before the next call of Next: %.60q, want %.60q", rec.Data, w)
		}
	}
}

func startAtEnd(t *testing.T, h Harness) {
	in, add := h.New(t, Records(0, 10))
	r := open(t, in, inputs.Options{Start: inputs.End})
	expectNothing(t, r)
	more := Records(10, 5)
	add(more)
	expect(t, r, more)
}

func independent(t *testing.T, h Harness) {
	want := Records(0, 50)
	in, _ := h.New(t, want)
	fast, slow := open(t, in, inputs.Options{Pipeline: "in/fast"}), open(t, in, inputs.Options{Pipeline: "in/slow"})
	expect(t, fast, want)
	fast.Commit(fast.Cursor())
	if err := fast.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, slow, want)
}

func onceIsOver(t *testing.T, h Harness) {
	want := Records(0, 10)
	in, _ := h.New(t, want)
	r := open(t, in, inputs.Options{Once: true})
	expect(t, r, want)
	for range 2 {
		if _, err := r.Next(t.Context()); !errors.Is(err, io.EOF) {
			t.Fatalf("Next at the end: %v, want io.EOF", err)
		}
	}
}

func lagFalls(t *testing.T, h Harness) {
	want := Records(0, 100)
	in, _ := h.New(t, want)
	r := open(t, in, inputs.Options{})
	expect(t, r, want[:1])
	before := r.Lag().Bytes
	expect(t, r, want[1:])
	expectNothing(t, r)
	if after := r.Lag().Bytes; before <= 0 || after != 0 {
		t.Fatalf("lag is %d bytes behind the first record, and %d at the end", before, after)
	}
}

func badCursor(t *testing.T, h Harness) {
	in, _ := h.New(t, nil)
	for _, bad := range []string{`{`, `"x"`, `{"version":999999}`} {
		if _, err := in.Open(inputs.Options{Pipeline: "in/out", Cursor: []byte(bad)}); err == nil {
			t.Errorf("Open at cursor %s: no error", bad)
		}
	}
}

// waitsForMore looks at a reader that nothing wakes: it must find what is new by itself, and not by looking all the time.
func waitsForMore(t *testing.T, h Harness) {
	synctest.Test(t, func(t *testing.T) {
		in, add := h.New(t, nil)
		r := open(t, in, inputs.Options{})
		records := Records(0, 1)
		time.AfterFunc(time.Minute, func() { add(records) })
		begin := time.Now()
		expect(t, r, records)
		if waited := time.Since(begin); waited < time.Minute || waited > 2*time.Minute {
			t.Errorf("the record came after %v, want a little more than a minute", waited)
		}
	})
}

// endedContext: that there is nothing more is only said when it is so.
func endedContext(t *testing.T, h Harness) {
	want := Records(0, 40)
	in, _ := h.New(t, want)
	r := open(t, in, inputs.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for i, w := range want {
		if rec, err := r.Next(ctx); err != nil || !bytes.Equal(rec.Data, w) {
			t.Fatalf("record %d of %d with an ended context: %.60q, %v", i, len(want), rec.Data, err)
		}
	}
	expectNothing(t, r)
}

// unread: the cursor of a reader that was opened and never read is the one that it was opened with. Agents are stopped
// that early, and note it.
func unread(t *testing.T, h Harness) {
	want := Records(0, 20)
	for _, start := range []inputs.Start{inputs.Beginning, inputs.End} {
		in, add := h.New(t, want[:10])
		first := open(t, in, inputs.Options{})
		expect(t, first, want[:7])
		at := encode(t, first.Cursor())
		for range 2 {
			at = encode(t, open(t, in, inputs.Options{Cursor: at, Start: start}).Cursor())
		}
		add(want[10:])
		expect(t, open(t, in, inputs.Options{Cursor: at, Start: start}), want[7:])
	}
}

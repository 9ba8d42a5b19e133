package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/inputs"
)

// home is a log directory and an input on it.
type home struct {
	*testing.T
	dir  string
	in   *Input
	seen map[string]int // anomalies
}

func newHome(t *testing.T) *home {
	t.Helper()
	h := &home{T: t, dir: t.TempDir(), seen: map[string]int{}}
	h.in = h.input()
	return h
}

func (h *home) input() *Input {
	return New(Config{Path: h.path("audit.log")}, slog.New(slog.NewTextHandler(io.Discard, nil)), func(a string) { h.seen[a]++ })
}

func (h *home) path(name string) string { return filepath.Join(h.dir, name) }

func (h *home) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// write appends to a file.
func (h *home) write(name, text string) {
	h.Helper()
	f, err := os.OpenFile(h.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	h.must(err)
	_, err = f.WriteString(text)
	h.must(errors.Join(err, f.Close()))
}

func (h *home) rename(from, to string) { h.Helper(); h.must(os.Rename(h.path(from), h.path(to))) }
func (h *home) remove(name string)     { h.Helper(); h.must(os.Remove(h.path(name))) }

func (h *home) open(o inputs.Options) *tap {
	h.Helper()
	if o.Pipeline == "" {
		o.Pipeline = "api/test"
	}
	r, err := h.in.Open(o)
	h.must(err)
	h.Cleanup(func() { r.Close() })
	return &tap{home: h, r: r.(*reader)}
}

// tap reads all that there is.
type tap struct {
	*home
	r *reader
}

// ended is a context that is over: Next tells what is there, and does not wait.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// next is one record as text: torn ones begin with "~", gaps with "gap", errors with "error".
func (t *tap) next() (string, bool) {
	rec, err := t.r.Next(ended)
	var gap *inputs.GapError
	switch {
	case errors.As(err, &gap):
		return fmt.Sprintf("gap %d-%d", gap.From, gap.To), true
	case errors.Is(err, context.Canceled), errors.Is(err, io.EOF):
		return "", false
	case err != nil:
		return "error: " + err.Error(), true
	case rec.Torn != "":
		return "~" + string(rec.Data), true
	}
	return string(rec.Data), true
}

func (t *tap) all() (got []string) {
	t.r.wake(true)
	for {
		text, ok := t.next()
		if !ok {
			return got
		}
		got = append(got, text)
	}
}

// want reads all that there is and compares.
func (t *tap) want(want ...string) {
	t.Helper()
	if got := t.all(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
}

// reopen goes on in a new process: from the JSON of the cursor.
func (t *tap) reopen() *tap {
	t.Helper()
	data, err := t.r.Cursor().MarshalJSON()
	t.must(err)
	t.must(t.r.Close())
	t.home.in = t.home.input()
	return t.home.open(inputs.Options{Cursor: data})
}

// rotated are the lines of the real log in testdata, in their order.
func rotated(t testing.TB) (names []string, lines []string) {
	t.Helper()
	paths, err := filepath.Glob("testdata/rotated/audit*.log")
	if err != nil || len(paths) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.Base(p))
		for line := range bytes.Lines(data) {
			lines = append(lines, string(bytes.TrimSuffix(line, []byte("\n"))))
		}
	}
	return names, lines
}

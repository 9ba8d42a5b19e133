package stdout

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// split gives what a Splitter makes of a stream.
func split(stream []byte) (events, others []string) {
	s := Splitter{
		Event: func(record []byte) { events = append(events, string(record)) },
		Other: func(line []byte) { others = append(others, string(line)) },
	}
	for line := range bytes.Lines(stream) {
		s.Add(bytes.TrimSuffix(line, []byte{'\n'}))
	}
	s.Flush()
	return events, others
}

func mixed(t testing.TB) []byte {
	t.Helper()
	stream, err := os.ReadFile("testdata/mixed.log")
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// TestRealStream counts by another method: what jq would take, which is each line that is an object of that kind.
func TestRealStream(t *testing.T) {
	stream := mixed(t)
	want, lines := 0, 0
	for line := range bytes.Lines(stream) {
		lines++
		var e struct{ Kind, APIVersion, AuditID string }
		if json.Unmarshal(line, &e) == nil && e.Kind == "Event" && e.APIVersion == "audit.k8s.io/v1" && e.AuditID != "" {
			want++
		}
	}
	events, others := split(stream)
	if len(events) != want || want == 0 || len(others) != lines-want {
		t.Errorf("%d events and %d others of %d lines, want %d events", len(events), len(others), lines, want)
	}
}

const header = "I1122 11:54:27.298388   12565 flags.go:64] "

// TestCuts are those that were seen or can be thought of.
func TestCuts(t *testing.T) {
	e := `{"kind":"Event","apiVersion":"audit.k8s.io/v1","a":"zażółć","b":{"c":[1,2]},"d":"` + header + `in a text"}`
	at := func(n int) (string, string) { return e[:n], e[n:] }
	utf8a, utf8b := at(strings.Index(e, "ż") + 1)
	mida, midb := at(60)
	_, late := at(75)
	texta, textb := at(strings.Index(e, "in a") + 2)
	long := header + strings.Repeat("k", pipeBuf)
	for name, c := range map[string]struct {
		stream         string
		events, others []string
	}{
		"whole":                    {e, []string{e}, nil},
		"in the first bytes":       {e[:1] + header + "x\n" + e[1:20] + header + "y\n" + e[20:], []string{e}, []string{header + "x", header + "y"}},
		"klog between":             {mida + header + "x\n" + midb, []string{e}, []string{header + "x"}},
		"in a character":           {utf8a + header + "x\n" + utf8b, []string{e}, []string{header + "x"}},
		"in a text like a header":  {texta + header + "x\n" + textb, []string{e}, []string{header + "x"}},
		"zap between":              {mida + `{"level":"warn","x":1}` + "\n" + midb, []string{e}, []string{`{"level":"warn","x":1}`}},
		"two lines between":        {mida + header + "x\n" + header + "y\n" + midb, []string{e}, []string{header + "x", header + "y"}},
		"a continued line between": {mida + header + "x\n[-]poststarthook failed\n" + midb, []string{e}, []string{header + "x", "[-]poststarthook failed"}},
		"twice":                    {mida + header + "x\n" + e[60:75] + header + "y\n" + late, []string{e}, []string{header + "x", header + "y"}},
		"killed":                   {mida, []string{mida}, nil},
		"killed, then another":     {mida + "\n" + e, []string{mida, e}, nil},
		"killed, then klog":        {mida + header + "x\n" + header + "y\n" + e, []string{mida + header + "x", e}, []string{header + "y"}},
		"an event in a long line":  {long + e + "\nrest of klog", []string{e}, []string{long, "rest of klog"}},
		"an event quoted by klog":  {header + e, nil, []string{header + e}},
		"another kind":             {`{"kind":"Pod","apiVersion":"v1"}`, nil, []string{`{"kind":"Pod","apiVersion":"v1"}`}},
		"another kind, cut early":  {`{` + header + "x\n" + `"kind":"auditship.Gap","apiVersion":"audit.k8s.io/v1"}`, []string{`{` + header + "x"}, []string{`"kind":"auditship.Gap","apiVersion":"audit.k8s.io/v1"}`}},
		"empty lines":              {"\n\n" + e + "\n\n", []string{e}, []string{"", "", ""}},
	} {
		events, others := split([]byte(c.stream))
		if !slices.Equal(events, c.events) || !slices.Equal(others, c.others) {
			t.Errorf("%s:\nevents %q\nothers %q", name, events, others)
		}
	}
}

// TestRandomCuts cuts real events anywhere, as a pipe would, with real lines of klog.
func TestRandomCuts(t *testing.T) {
	var events, klog [][]byte
	for line := range bytes.Lines(mixed(t)) {
		line = bytes.TrimSuffix(line, []byte{'\n'})
		if bytes.HasPrefix(line, prefix) {
			events = append(events, line)
		} else if intruder.Match(line) {
			klog = append(klog, line)
		}
	}
	for seed := range uint64(300) {
		dice := rand.New(rand.NewPCG(seed, 0))
		var stream bytes.Buffer
		var want []string
		others := 0
		for range 20 {
			e := events[dice.IntN(len(events))]
			want = append(want, string(e))
			for cuts := dice.IntN(4); cuts > 0; cuts-- {
				at := 1 + dice.IntN(len(e)-1)
				stream.Write(e[:at])
				e = e[at:]
				for more := 1 + dice.IntN(2); more > 0; more-- {
					stream.Write(klog[dice.IntN(len(klog))])
					stream.WriteByte('\n')
					others++
				}
				if len(e) < 2 {
					break
				}
			}
			stream.Write(e)
			stream.WriteByte('\n')
		}
		got, rest := split(stream.Bytes())
		if !slices.Equal(got, want) || len(rest) != others {
			t.Fatalf("seed %d: %d events of %d, %d other lines of %d", seed, len(got), len(want), len(rest), others)
		}
	}
}

// TestPipe lets the kernel cut: one writer writes events of more than 4096 bytes, another klog's lines, into one pipe.
func TestPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	const n = 500
	var want []string
	var writers sync.WaitGroup
	for i := range n {
		want = append(want, fmt.Sprintf(`%sv1","n":%d,"pad":"%s"}`, prefix, i, strings.Repeat("ż", 3000+i*37%9000)))
	}
	writers.Go(func() {
		for _, e := range want {
			if _, err := w.WriteString(e + "\n"); err != nil {
				t.Error(err)
			}
		}
	})
	again, err := syscall.Dup(int(w.Fd())) // one descriptor would let one write at a time
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.NewFile(uintptr(again), "stderr")
	writers.Go(func() {
		for i := range 20 * n {
			if _, err := fmt.Fprintf(stderr, "%sline %d\n", header, i); err != nil {
				t.Error(err)
			}
		}
	})
	go func() { writers.Wait(); w.Close(); stderr.Close() }()
	stream, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	torn := 0
	for line := range bytes.Lines(stream) {
		if bytes.HasPrefix(line, prefix) && !json.Valid(line) {
			torn++
		}
	}
	events, others := split(stream)
	if !slices.Equal(events, want) || len(others) != 20*n {
		t.Errorf("%d events, want %d; %d other lines, want %d", len(events), n, len(others), 20*n)
	}
	t.Logf("%d of %d events were cut", torn, n)
}

// FuzzSplit: nothing is invented and nothing is dropped.
func FuzzSplit(f *testing.F) {
	f.Add([]byte(string(prefix) + `v1"` + header + "x\n}\n"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		events, others := split(stream)
		in := len(bytes.ReplaceAll(stream, []byte{'\n'}, nil))
		if out := len(strings.Join(events, "")) + len(strings.Join(others, "")); out != in {
			t.Errorf("%d bytes of %d", out, in)
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	stream := mixed(b)
	b.SetBytes(int64(len(stream)))
	for b.Loop() {
		s := Splitter{Event: func([]byte) {}, Other: func([]byte) {}}
		for line := range bytes.Lines(stream) {
			s.Add(line[:len(line)-1])
		}
	}
}

// TestByteOrderMark: a file that an editor has been at loses none of its events.
func TestByteOrderMark(t *testing.T) {
	e := `{"kind":"Event","apiVersion":"audit.k8s.io/v1","a":1}`
	if events, others := split([]byte("\xef\xbb\xbf" + e + "\n" + e)); len(events) != 2 || events[0] != e || len(others) != 0 {
		t.Errorf("%q, %q", events, others)
	}
}

// TestTextsThatLookLikeCuts: whoever writes bodies can't make us hold more than is said, or look at it again and again.
func TestTextsThatLookLikeCuts(t *testing.T) {
	e := string(prefix) + `v1","requestObject":"` + strings.Repeat(strings.Repeat("x", 2000)+header, 2_000) + `"}`
	var events, others int
	s := Splitter{Event: func([]byte) { events++ }, Other: func([]byte) { others++ }}
	s.Add([]byte(e[:len(e)-20] + header))
	if n := held(s.readings); n > maxBytes || n < maxBytes/2 {
		t.Errorf("%d bytes are held", n)
	}
	for range 3 {
		s.Add([]byte("I am none, and end as one does }"))
	}
	if s.Idle() || s.tried < 3*len(e) || held(s.readings) > maxBytes {
		t.Fatalf("%d tried, %d held", s.tried, held(s.readings))
	}
	s.tried = maxTried
	s.Add([]byte("}"))
	if !s.Idle() || events != 1 || others != 4 || s.tried != 0 {
		t.Errorf("%d events, %d others, %d tried", events, others, s.tried)
	}
}

package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/auditship/auditship/inputs"
)

func zipped(t testing.TB, members ...string) string {
	t.Helper()
	var b bytes.Buffer
	for _, text := range members {
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// FuzzGzip puts anything in the place of a compressed backup. Its records are the lines that a plain reading of it gives, as
// far as that comes; where that ends early the rest is a gap; and what comes after it is read in any case. That holds from
// any position on, too.
func FuzzGzip(f *testing.F) {
	whole := zipped(f, "a1\na2\n\na3\n")
	for _, seed := range []string{
		whole, whole[:len(whole)-9], whole[:12], "", "no gzip", whole + whole, zipped(f, "a1\na", "2\na3\n"), whole + "trailing", whole + strings.Repeat("\x00", 512),
		zipped(f, ""), zipped(f, "torn"), zipped(f, "a1\x00\x00\na2\n"), zipped(f, strings.Repeat("\x00", 1<<20)+"\n"), zipped(f, strings.Repeat("x", 3<<20)+"\na2\n"),
		strings.Replace(whole, whole[len(whole)-4:], "\xff\xff\xff\xff", 1), whole[:3] + "\xff" + whole[4:],
	} {
		f.Add([]byte(seed), uint16(3))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte, stop uint16) {
		h := &home{T: t, dir: dir, seen: map[string]int{}}
		h.in = h.input()
		h.must(os.WriteFile(h.path(backup1+".gz"), content, 0o600))
		h.must(os.WriteFile(h.path("audit.log"), []byte("live\n"), 0o600))
		want, sound := plainly(content)
		r := h.open(inputs.Options{})
		var got []string
		for i := 0; ; i++ {
			if i == int(stop) && r.r.cur != nil {
				r = r.reopen()
			}
			r.r.win.limit = 4 << 20
			text, ok := r.next()
			if !ok {
				break
			}
			got = append(got, text)
		}
		h.must(r.r.Close())
		judgeGzip(t, got, want, sound)
	})
}

// plainly is what gzip itself makes of it, and whether it was sound to its end.
func plainly(content []byte) (text []byte, sound bool) {
	z, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, false
	}
	text, err = io.ReadAll(io.LimitReader(z, 16<<20))
	return text, err == nil && len(text) < 16<<20
}

func judgeGzip(t *testing.T, got []string, text []byte, sound bool) {
	t.Helper()
	var want []string
	for line := range strings.Lines(string(text)) {
		if strings.HasSuffix(line, "\n") && len(line) > 1 {
			want = append(want, line[:len(line)-1])
		}
	}
	if len(got) == 0 || got[len(got)-1] != "live" {
		t.Fatalf("the live log is not read: %q", cut(got))
	}
	gaps, records := 0, []string{}
	for _, g := range got[:len(got)-1] {
		switch {
		case strings.HasPrefix(g, "gap"):
			gaps++
		case strings.HasPrefix(g, "error"):
			t.Errorf("%s", g)
		case !strings.HasPrefix(g, "~"):
			records = append(records, g)
		}
	}
	if !sound && gaps == 0 {
		t.Errorf("nothing tells that it ends early: %q", cut(got))
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return // what NULs mean is the matter of other tests
	}
	if sound && gaps == 0 && strings.Join(records, "\n") != strings.Join(want, "\n") || !sound && !isPrefix(records, want) {
		t.Errorf("got  %q\nwant %q", cut(records), cut(want))
	}
}

// isPrefix: a reader that meets the damage in a block gives less of it than a plain reading.
func isPrefix(got, want []string) bool {
	return len(got) <= len(want) && strings.Join(got, "\n") == strings.Join(want[:len(got)], "\n")
}

func cut(lines []string) (short []string) {
	for _, l := range lines[:min(len(lines), 20)] {
		short = append(short, l[:min(len(l), 60)])
	}
	return short
}

// FuzzCursor takes anything for a checkpoint's cursor. What is taken reads on somewhere, without end or harm, and is
// written as it would be read again.
func FuzzCursor(f *testing.F) {
	dir := f.TempDir()
	for name, text := range map[string]string{"audit.log": "live 1\nlive 2\n", backup1: "a1\na2\n", backup2 + ".gz": zipped(f, "b1\nb2\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			f.Fatal(err)
		}
	}
	r, err := (&home{dir: dir}).input().Open(inputs.Options{})
	for err == nil {
		text, _ := r.Cursor().MarshalJSON()
		f.Add(text)
		_, err = r.Next(ended)
	}
	for _, seed := range []string{`null`, `{}`, `{"version":1}`, `{"version":1,"start":"end","files":null}`, `{"version":1,"start":"x"}`,
		`{"version":1,"files":[{"id":"","offset":-1,"size":-9223372036854775808,"name":"\u001b[2J/../../etc/passwd"}]}`,
		`{"version":1,"files":[{"id":"` + strings.Repeat("00", 32) + `","offset":9223372036854775807,"size":9223372036854775807,"live":true,"whole":true,"length":9}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h := &home{T: t, dir: dir, seen: map[string]int{}}
		h.in = h.input()
		opened, err := h.in.Open(inputs.Options{Pipeline: "api/test", Cursor: json.RawMessage(text)})
		if err != nil {
			return
		}
		r := &tap{home: h, r: opened.(*reader)}
		for i := 0; ; i++ {
			if i > 1000 {
				t.Fatal("there is no end")
			}
			if _, ok := r.next(); !ok {
				break
			}
			lag := r.r.Lag()
			if lag.Bytes < 0 {
				t.Fatalf("lag %d", lag.Bytes)
			}
		}
		again, err := r.r.Cursor().MarshalJSON()
		h.must(err)
		if _, err := parseCursor(again); err != nil {
			t.Errorf("%s can't be read again: %v", again, err)
		}
		h.must(r.r.Close())
	})
}

// FuzzName: what counts as a backup or as a guard's link can be said in one line of a log, and leads nowhere else.
func FuzzName(f *testing.F) {
	for _, seed := range []string{"audit.log", backup1, backup1 + ".gz", "audit.log.1", "audit.log-20200101-1577836800.gz", "audit-2020-01-01_13.log", "audit.log.000000000001", "audit.log.000000000001.lost", "audit.log.000000000001.gz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		n, link := parseName("audit.log", file), parseLink("audit.log", file)
		if (n.kind != noLog || link.kind != noLog) && strings.ContainsFunc(file, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyzT._-", r) }) {
			t.Errorf("%q is taken for %v, %v", file, n.kind, link.kind)
		}
		if link.kind == guarded && file != linkName("audit.log", link.seq, link.gz) {
			t.Errorf("%q is link %d, which has the name %q", file, link.seq, linkName("audit.log", link.seq, link.gz))
		}
	})
}

// FuzzNote puts anything in the place of a guard's note: it is a gap with words of ours, or an error, and never more.
func FuzzNote(f *testing.F) {
	for _, seed := range []string{``, `{}`, `null`, `{"name":"audit.log","id":"` + strings.Repeat("ab", 32) + `","length":5,"whole":true,"size":100,"last":"2026-01-01T00:00:00Z","reason":"given up"}`,
		`{"name":"../../etc/\u001b[2Jpasswd","size":-5,"length":-1}`, `{"size":9223372036854775807,"reason":"` + strings.Repeat("x", 5000) + `"}`} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	if err := os.Mkdir(dir+"/"+guardDir, 0o700); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		h := &home{T: t, dir: dir, seen: map[string]int{}}
		h.in = h.input()
		h.must(os.WriteFile(h.path(guardDir+"/audit.log.000000000001.lost"), content, 0o600))
		h.must(os.WriteFile(h.path("audit.log"), []byte("live\n"), 0o600))
		r := h.open(inputs.Options{})
		live := 0
		for i := 0; ; i++ {
			rec, err := r.r.Next(ended)
			var gap *inputs.GapError
			switch {
			case i > 100:
				t.Fatal("there is no end")
			case errors.As(err, &gap):
				if gap.File != "audit.log" || gap.To >= 0 && gap.To < gap.From || gap.From < -1 || gap.To < -1 {
					t.Errorf("got %+v", gap)
				}
			case err == nil && string(rec.Data) == "live":
				live++
			}
			if errors.Is(err, ended.Err()) {
				break
			}
		}
		if live != 1 {
			t.Errorf("the log was read %d times", live)
		}
		h.must(r.r.Close())
	})
}

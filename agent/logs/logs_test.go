package logs

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func write(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); errors.Join(err, w.Close()) != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstded(t *testing.T, text string) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll([]byte(text), nil)
}

// all are the lines of the logs; those that can't be had are their error.
func all(t *testing.T, stdin string, paths ...string) (lines []string) {
	t.Helper()
	r, err := Open(paths, strings.NewReader(stdin))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		line, err := r.Next()
		var passed *LineError
		switch {
		case err == io.EOF:
			return lines
		case errors.As(err, &passed):
			lines = append(lines, err.Error())
		case err != nil:
			t.Fatal(err)
		default:
			lines = append(lines, string(line))
		}
	}
}

func TestDirectory(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "audit.log", []byte("9\n"))
	write(t, dir, "audit-2026-11-22T11-50-33.367.log", []byte("2\n"))
	write(t, dir, "audit-2026-11-22T11-50-28.753.log.gz", gzipped(t, "1\n"))
	write(t, dir, "audit.log.1", []byte("8\n"))
	write(t, dir, "audit.log.10.gz", gzipped(t, "6\n"))
	write(t, dir, "audit.log.2.zst", zstded(t, "7\n"))
	write(t, dir, "events.jsonl-20261123", []byte("12\n"))
	write(t, dir, "events.jsonl-20261122-1795348800", []byte("10\n"))
	write(t, dir, "events.jsonl-2026112223", []byte("11\n"))
	write(t, dir, "0.log.20261122-120527", []byte("0\n"))
	write(t, dir, "audit.log.1.gz", gzipped(t, "8\n")[:20])
	write(t, dir, "events.jsonl", nil)
	write(t, dir, "notes.txt", []byte("none\n"))
	write(t, dir, ".hidden.log", []byte("none\n"))
	if err := os.Mkdir(filepath.Join(dir, "below.log"), 0o700); err != nil {
		t.Fatal(err)
	}
	want := strings.Fields("0 1 2 6 7 8 9 10 11 12")
	if got := all(t, "", dir); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 3*block)
	text := "a\n\n" + long + "\nb\r\n" + long
	want := []string{"a", "", long, "b\r", long}
	dir := t.TempDir()
	for name, path := range map[string]string{
		"stdin":            Stdin,
		"plain":            write(t, dir, "plain", []byte(text)),
		"gzip":             write(t, dir, "gzip", gzipped(t, text)),
		"zstd":             write(t, dir, "zstd", zstded(t, text)),
		"two gzip members": write(t, dir, "members", append(gzipped(t, text[:10]), gzipped(t, text[10:])...)),
	} {
		if got := all(t, text, path); !slices.Equal(got, want) {
			t.Errorf("%s: got %d lines of %d bytes", name, len(got), len(strings.Join(got, "")))
		}
	}
}

// A line that is too long is told, costs no more than what is allowed, and hides none.
func TestTooLong(t *testing.T) {
	r, err := Open([]string{Stdin}, io.MultiReader(io.LimitReader(endless{}, maxLine+block), strings.NewReader("\nb\n")))
	if err != nil {
		t.Fatal(err)
	}
	var passed *LineError
	if _, err := r.Next(); !errors.As(err, &passed) || r.long != nil {
		t.Errorf("got %v and kept %d bytes", err, cap(r.long))
	}
	if line, err := r.Next(); string(line) != "b" || err != nil {
		t.Errorf("got %q, %v", line, err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	broken := write(t, dir, "broken.gz", gzipped(t, strings.Repeat("a\n", 1000))[:30])
	if _, err := Open([]string{filepath.Join(dir, "none")}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := Open([]string{dir}, nil); !errors.Is(err, errNoLogs) {
		t.Errorf("got %v", err)
	}
	r, err := Open([]string{broken}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = r.Next()
	}
	if err == io.EOF || !strings.Contains(err.Error(), broken) {
		t.Errorf("got %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	removed := write(t, dir, "removed.log", nil)
	r, err = Open([]string{removed}, nil)
	if err := errors.Join(err, os.Remove(removed)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestDamaged: a damaged file costs what is behind the damage, and no other file.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	random := make([]byte, 1<<16)
	dice := rand.New(rand.NewPCG(1, 1))
	for i := range random {
		random[i] = "abcdefghijklmnop"[dice.IntN(16)]
	}
	cut := gzipped(t, "first\n"+string(random)+"\nlast\n")
	cut = cut[:len(cut)-100]
	paths := []string{write(t, dir, "a.gz", cut), write(t, dir, "b.gz", []byte("\x1f\x8bno gzip")), write(t, dir, "c.log", []byte("whole\n")),
		write(t, dir, "d.zst", zstded(t, "first\n"+string(random))[:200]), write(t, dir, "e.log.1.xz", []byte("\xfd7zXZ\x00\x00\n")), write(t, dir, "e.log", []byte("last of all\n"))}
	r, err := Open(paths, nil)
	if err != nil {
		t.Fatal(err)
	}
	var lines, damaged []string
	err = r.Each(func(line []byte) error {
		lines = append(lines, string(line[:min(len(line), 20)]))
		return nil
	}, func(err error) {
		var missed *FileError
		if !errors.As(err, &missed) {
			t.Errorf("got %v", err)
			return
		}
		damaged = append(damaged, filepath.Base(missed.Path))
	})
	if want := []string{"first", "whole", "last of all"}; err != nil || !slices.Equal(lines, want) {
		t.Errorf("got %q, %v", lines, err)
	}
	if want := []string{"a.gz", "b.gz", "d.zst", "e.log.1.xz"}; !slices.Equal(damaged, want) {
		t.Errorf("damaged are %q", damaged)
	}
	stop := errors.New("enough")
	if r, err = Open(paths[2:3], nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Each(func([]byte) error { return stop }, nil); err != stop {
		t.Errorf("got %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

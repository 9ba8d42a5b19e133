package deadletter

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/disk/disktest"
)

func isOneOf(records ...string) func(*Letter) bool {
	return func(l *Letter) bool {
		for _, r := range records {
			if l != nil && string(l.Record) == r {
				return true
			}
		}
		return false
	}
}

// What is not asked for stays byte for byte, damaged lines included; what a crash left of a last line does not.
func TestRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dead-letters.jsonl")
	f := NewFile(disk.OS{}, path, plenty)
	if err := errors.Join(f.Append(letters("a", "\xff", "b", "c")), f.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	damaged := lines[0] + "{damaged}\n" + lines[1] + lines[2] + lines[3] + `{"time`
	if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	if size, err := Measure(disk.OS{}, path); err != nil || size != (Size{Letters: 5, Bytes: int64(len(damaged))}) {
		t.Errorf("measured %+v, %v", size, err)
	}
	n, err := Remove(disk.OS{}, path, 0, isOneOf("a", "c", "none"))
	got, readErr := os.ReadFile(path)
	if want := "{damaged}\n" + lines[1] + lines[2]; n != 2 || err != nil || readErr != nil || string(got) != want {
		t.Errorf("removed %d (%v, %v), left\n%s\nwant\n%s", n, err, readErr, got, want)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if n, err := Remove(disk.OS{}, path, 0, isOneOf("a")); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	if n, err := Remove(disk.OS{}, path+".none", 0, isOneOf("a")); n != 0 || err != nil {
		t.Errorf("of no file: %d, %v", n, err)
	}
	if size, err := Measure(disk.OS{}, path+".none"); err != nil || size != (Size{}) {
		t.Errorf("no file measures %+v, %v", size, err)
	}
}

// Where there is no room to write what stays, nothing changes; to remove all needs none.
func TestRemoveOnAFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dead-letters.jsonl")
	f := NewFile(disk.OS{}, path, plenty)
	if err := errors.Join(f.Append(letters("a", "b")), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Remove(disk.OS{}, path, 1<<62, isOneOf("a")); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	same(t, path, "a", "b")
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if n, err := Remove(disk.OS{}, path, 1<<62, isOneOf("a", "b")); n != 2 || err != nil {
		t.Errorf("all: %d, %v", n, err)
	}
	same(t, path)
}

// Whatever is stopped, torn, forgotten or refused: letters that were not to be removed stay, and what was removed is gone.
func TestCrashAnywhereInARemoval(t *testing.T) {
	old := func(l *Letter) bool { return l != nil && len(l.Record)%2 == 0 }
	disktest.Each(t, 4, func(t *disktest.Trial) {
		all := numbered(0, 12)
		f := NewFile(t.Admin(), crashPath, plenty)
		if err := errors.Join(f.Append(all), f.Close()); err != nil {
			t.Fatal(err)
		}
		gone := false
		for last := false; !last; {
			last = t.Begin()
			_, err := Remove(t.Mount(), crashPath, 0, old)
			if gone = gone || err == nil; err != nil && last {
				t.Damaged("remove: %v", err)
			}
			t.End()
			want := ""
			for i := range all {
				if !gone || !old(&all[i]) {
					want += fmt.Sprintf("%.3s|", all[i].Record)
				}
			}
			if got := heads(t); got != want && (gone || got != withoutOld(all, old)) {
				t.Damaged("letters %s, want %s", got, want)
			}
		}
	})
}

func withoutOld(all []Letter, old func(*Letter) bool) (text string) {
	for i := range all {
		if !old(&all[i]) {
			text += fmt.Sprintf("%.3s|", all[i].Record)
		}
	}
	return text
}

func heads(t *disktest.Trial) (text string) {
	err := Read(t.Admin(), crashPath, func(l Letter) bool { text += fmt.Sprintf("%.3s|", l.Record); return true })
	if err != nil {
		t.Damaged("read: %v", err)
	}
	return text
}

// Whatever the file holds: its letters can be removed, and the rest of its whole lines stays byte for byte.
func FuzzRemove(f *testing.F) {
	line, err := (&Letter{Reason: "torn", Record: []byte("a")}).appendLine(nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "\n", string(line), string(line) + "x\n" + string(line), string(line[:20]), "{}\n" + `{"record":"b"`, `{"id":"e3b0c44298fc1c149afbf4c8996fb924"}` + "\n\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		d := disktest.New(1)
		if err := disktest.Write(d.Admin(), "/letters", content); err != nil {
			t.Fatal(err)
		}
		rest, letters := "", 0
		for text := range strings.Lines(string(content[:bytes.LastIndexByte(content, '\n')+1])) {
			if _, err := Parse([]byte(text)); err == nil {
				letters++
			} else {
				rest += text
			}
		}
		if letters == 0 {
			rest = string(content) // nothing is written
		}
		n, err := Remove(d.Admin(), "/letters", 0, func(*Letter) bool { return true })
		left, readErr := disktest.Read(d.Admin(), "/letters")
		if err != nil || readErr != nil || n != letters || string(left) != rest {
			t.Errorf("removed %d (%v, %v), left %q; want %d, %q", n, err, readErr, left, letters, rest)
		}
	})
}

package file

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/disk/disktest"
	"github.com/auditship/auditship/outputs"
)

// What others do to the file while it is open is noticed before the next line is written: nothing goes into a file that
// nobody can see, and none has holes.
func TestForeignHands(t *testing.T) {
	events := numbered(t, 6)
	var all [6]string
	for i := range events {
		all[i] = string(events[i].AppendJSON(nil)) + "\n"
	}
	for name, c := range map[string]struct {
		act  func(admin disk.FS) error
		want string
	}{
		"nothing":   {func(disk.FS) error { return nil }, strings.Join(all[:], "")},
		"removed":   {func(on disk.FS) error { return on.Remove(crashPath) }, all[3] + all[4] + all[5]},
		"renamed":   {func(on disk.FS) error { return on.Rename(crashPath, crashPath+".1") }, all[3] + all[4] + all[5]},
		"truncated": {func(on disk.FS) error { return disktest.Write(on, crashPath, nil) }, all[3] + all[4] + all[5]},
		"cut":       {func(on disk.FS) error { return disktest.Write(on, crashPath, []byte(all[0]+all[1][:50])) }, all[0] + all[3] + all[4] + all[5]},
		"appended": {func(on disk.FS) error {
			return disktest.Write(on, crashPath, []byte(all[0]+all[1]+all[2]+"note\nhalf"))
		},
			all[0] + all[1] + all[2] + "note\n" + all[3] + all[4] + all[5]},
		"replaced": {func(on disk.FS) error {
			return errors.Join(on.Remove(crashPath), disktest.Write(on, crashPath, []byte(strings.Repeat("other\n", 1000))))
		}, strings.Repeat("other\n", 1000) + all[3] + all[4] + all[5]},
		"directory removed": {func(on disk.FS) error {
			return errors.Join(on.Remove(crashPath), on.Remove("/var/log/out/.events.jsonl.lock"), on.Remove("/var/log/out"))
		}, all[3] + all[4] + all[5]},
	} {
		t.Run(name, func(t *testing.T) {
			d := disktest.New(1)
			o := onDisk(t, d, Config{Path: crashPath}, outputs.Resume{})
			write(t, o, events[:3])
			if err := c.act(d.Admin()); err != nil {
				t.Fatal(err)
			}
			write(t, o, events[3:5])
			write(t, o, events[5:])
			if err := o.Close(); err != nil {
				t.Fatal(err)
			}
			d.Restart(disktest.PowerLoss)
			if got, err := disktest.Read(d.Admin(), crashPath); err != nil || string(got) != c.want {
				t.Errorf("%v, the file is\n%s", err, got)
			}
		})
	}
}

func onDisk(t *testing.T, d *disktest.Disk, cfg Config, r outputs.Resume) *Output {
	t.Helper()
	out, err := New(cfg, outputs.Env{Log: discard, Disk: d.Mount(), MaxBytes: 4000})
	if err = errors.Join(err, out.Open(t.Context(), r)); err != nil {
		t.Fatal(err)
	}
	return out.(*Output)
}

// Another file in the place of ours, found after a crash, is not taken for it, even if it is longer.
func TestReplacedWhileDown(t *testing.T) {
	events := numbered(t, 6)
	d := disktest.New(1)
	o := onDisk(t, d, Config{Path: crashPath}, outputs.Resume{})
	ack := write(t, o, events[:3])
	d.Restart(disktest.Kill)
	foreign := bytes.Repeat([]byte("a line of somebody else\n"), 1000)
	if err := disktest.Write(d.Admin(), crashPath, foreign); err != nil {
		t.Fatal(err)
	}
	o = onDisk(t, d, Config{Path: crashPath}, outputs.Resume{State: ack.State, Replay: true})
	write(t, o, events[3:])
	got, err := disktest.Read(d.Admin(), crashPath)
	if err != nil || !bytes.HasPrefix(got, foreign) || bytes.Count(got, []byte("\n")) != 1003 {
		t.Errorf("%v, %d bytes, %d lines", err, len(got), bytes.Count(got, []byte("\n")))
	}
}

// The state of another path says nothing: what is in the new file already stays, and is not read for repeats.
func TestOtherPath(t *testing.T) {
	events := numbered(t, 4)
	d := disktest.New(1)
	o := onDisk(t, d, Config{Path: crashPath}, outputs.Resume{})
	ack := write(t, o, events[:2])
	o.Close()
	o = onDisk(t, d, Config{Path: "/elsewhere/events.jsonl"}, outputs.Resume{State: ack.State, Replay: true})
	if ack := write(t, o, events); ack.Duplicates != 0 {
		t.Errorf("%d duplicates", ack.Duplicates)
	}
	got, err := disktest.Read(d.Admin(), "/elsewhere/events.jsonl")
	if err != nil || bytes.Count(got, []byte("\n")) != 4 {
		t.Errorf("%v\n%s", err, got)
	}
}

// Trouble that only a human can mend is told as such, and when it is over each event is there once.
func TestTroubleIsNamed(t *testing.T) {
	for reason, errno := range map[string]error{
		"disk_full": syscall.ENOSPC, "read_only": syscall.EROFS, "permission_denied": syscall.EACCES, "write_failed": syscall.EIO,
	} {
		for call := 1; call < 25; call++ {
			d := disktest.New(uint64(call))
			o := onDisk(t, d, Config{Path: crashPath, MaxSize: 900}, outputs.Resume{})
			d.FailWith(func(c disktest.Call) error {
				if c.N == call && (c.Writes() || errno == syscall.EIO) {
					return errno
				}
				return nil
			})
			events, failures := numbered(t, 6), 0
			for i := 0; i < len(events); {
				_, err := o.Write(t.Context(), events[i:i+2])
				if err == nil {
					i += 2
					continue
				}
				fault := outputs.FaultOf(err)
				if failures++; failures > 1 || fault.Reason != reason || fault.Blocked != (reason != "write_failed") || fault.Permanent {
					t.Fatalf("%s at call %d: %+v", reason, call, fault)
				}
			}
			o.Close()
			expectAll(t, d, len(events), fmt.Sprint(reason, " at call ", call))
		}
	}
}

func expectAll(t *testing.T, d *disktest.Disk, n int, when string) {
	t.Helper()
	seen := map[string]bool{}
	entries, err := d.Admin().ReadDir("/var/log/out")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, entry := range entries {
		content, err := disktest.Read(d.Admin(), filepath.Join("/var/log/out", entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(content) {
			seen[string(line)] = true
			lines++
		}
	}
	if lines != n || len(seen) != n {
		t.Errorf("%s: %d lines, %d of them different, want %d", when, lines, len(seen), n)
	}
}

// The last free space stays free, and only this output waits for it.
func TestFreeSpaceIsLeft(t *testing.T) {
	events := numbered(t, 2)
	d := disktest.New(1)
	o := onDisk(t, d, Config{Path: crashPath}, outputs.Resume{})
	o.env.MinFree = 1000
	d.SetFree(1100)
	if _, err := o.Write(t.Context(), events); outputs.FaultOf(err).Reason != "disk_full" || !outputs.FaultOf(err).Blocked {
		t.Fatalf("got %v", err)
	}
	d.SetFree(5000)
	write(t, o, events)
	expectAll(t, d, 2, "when there is room again")
}

func TestOnlyRegularFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	o := newOutput(t, Config{Path: path})
	defer o.Close()
	if _, err := o.Write(t.Context(), numbered(t, 1)); outputs.FaultOf(err).Reason != "not_a_file" {
		t.Fatalf("got %v", err)
	}
}

// A path that is a symlink leads where it leads, and what it led to is kept when it is rotated.
func TestSymlink(t *testing.T) {
	dir := t.TempDir()
	path, target := filepath.Join(dir, "events.jsonl"), filepath.Join(t.TempDir(), "target")
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	cfg := Config{Path: path, MaxSize: 2000, Compress: "zstd"}
	o, events := newOutput(t, cfg), numbered(t, 20)
	for part := range slices.Chunk(events, 3) {
		write(t, o, part)
	}
	o.Close()
	if got := arrived(t, cfg); len(got) != len(events) {
		t.Errorf("%d events arrived, want %d", len(got), len(events))
	}
}

// What a crash left of a compression is removed.
func TestUnfinishedCompressionIsRemoved(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{Path: filepath.Join(dir, "events.jsonl"), MaxSize: 1000, Compress: "zstd"}
	stray := filepath.Join(dir, "events-2020-01-01T00-00-00.000.jsonl.zst.tmp")
	if err := os.WriteFile(stray, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := newOutput(t, cfg)
	write(t, o, numbered(t, 10))
	o.Close()
	if _, err := os.Stat(stray); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

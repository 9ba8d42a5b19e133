package reload

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// scene is a file that is watched, with what came of it.
type scene struct {
	t      *testing.T
	file   string
	loaded []string // what Load made of it
	told   []string // what was counted
	log    bytes.Buffer
}

var errBroken = errors.New("it is broken")

func (s *scene) load() (now string, err error) {
	data, err := os.ReadFile(s.file)
	if err != nil {
		return "", errors.New("read: it is away")
	}
	if strings.Contains(string(data), "broken") {
		return "", errBroken
	}
	s.loaded = append(s.loaded, string(data))
	return "ready", nil
}

func (s *scene) write(content string) {
	s.t.Helper()
	if err := os.WriteFile(s.file, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// play plays steps, between which the watcher looks twice. All ends with it.
func play(t *testing.T, steps ...func(s *scene)) *scene {
	s := &scene{t: t, file: filepath.Join(t.TempDir(), "file")}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := &Watcher{Log: slog.New(slog.NewTextHandler(&s.log, nil)), Count: func(target string, err error) {
			told := target
			if err != nil {
				told += ": " + err.Error()
			}
			s.told = append(s.told, told)
		}}
		steps[0](s)
		go w.Run(ctx, []Target{{Name: "thing", Files: []string{s.file}, Load: s.load}})
		for _, step := range steps[1:] {
			synctest.Wait()
			step(s)
			time.Sleep(2 * Every)
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
	})
	return s
}

func (s *scene) want(loaded, told []string) {
	s.t.Helper()
	if !slices.Equal(s.loaded, loaded) || !slices.Equal(s.told, told) {
		s.t.Errorf("loaded %q and told %q, want %q and %q\n%s", s.loaded, s.told, loaded, told, s.log.String())
	}
}

func write(content string) func(*scene) { return func(s *scene) { s.write(content) } }

func nothing(*scene) {}

func TestChangesAreTakenIn(t *testing.T) {
	play(t, write("a"), nothing, write("b"), nothing, write("b"), write("c")).want([]string{"a", "b", "c"}, []string{"thing", "thing"})
}

// TestHalfAFile: a file that is still being written is left alone.
func TestHalfAFile(t *testing.T) {
	play(t, write("a"), func(s *scene) {
		for _, content := range []string{"b", "bb", "bbb"} {
			s.write(content)
			time.Sleep(Every)
			synctest.Wait() // the look comes first, or it would see the file between two writes
		}
	}, nothing).want([]string{"a", "bbb"}, []string{"thing"})
}

// TestBrokenFile: what was there stays in force, it is told once, and the repair is taken in.
func TestBrokenFile(t *testing.T) {
	s := play(t, write("a"), write("broken"), nothing, nothing, write("b"))
	s.want([]string{"a", "b"}, []string{"thing: it is broken", "thing"})
	if got := strings.Count(s.log.String(), "level=ERROR"); got != 1 {
		t.Errorf("%d errors are logged:\n%s", got, s.log.String())
	}
}

func TestFileIsAwayForAWhile(t *testing.T) {
	away := func(s *scene) {
		if err := os.Remove(s.file); err != nil {
			t.Fatal(err)
		}
	}
	play(t, write("a"), away, nothing, write("a")).want([]string{"a", "a"}, []string{"thing: read: it is away", "thing"})
}

// TestBrokenFromTheStart: it changed between the configuration's being loaded and the first look.
func TestBrokenFromTheStart(t *testing.T) {
	play(t, write("broken"), nothing, write("b")).want([]string{"b"}, []string{"thing: it is broken", "thing"})
}

// TestConfigMap: kubelet swaps the link ..data to a new directory.
func TestConfigMap(t *testing.T) {
	mount := t.TempDir()
	version := func(name, content string) {
		dir := filepath.Join(mount, name)
		if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "file"), []byte(content), 0o600),
			os.Symlink(name, filepath.Join(mount, "..tmp")), os.Rename(filepath.Join(mount, "..tmp"), filepath.Join(mount, "..data"))); err != nil {
			t.Fatal(err)
		}
	}
	play(t,
		func(s *scene) {
			version("..1", "a")
			s.file = filepath.Join(mount, "file")
			if err := os.Symlink("..data/file", s.file); err != nil {
				t.Fatal(err)
			}
		},
		func(*scene) { version("..2", "b") },
		func(*scene) { version("..3", "b") },
	).want([]string{"a", "b"}, []string{"thing"})
}

// TestSettledFileIsNotRead: a file whose time, size and inode are the same is not read again; one that was just written may have
// changed without a change of any of these.
func TestSettledFileIsNotRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	put := func(content string, age time.Duration) {
		then := time.Now().Add(-age).Truncate(time.Second)
		if err := errors.Join(os.WriteFile(file, []byte(content), 0o600), os.Chtimes(file, then, then)); err != nil {
			t.Fatal(err)
		}
	}
	for age, noticed := range map[time.Duration]bool{time.Hour: false, 0: true} {
		put("a", age)
		s := sight{}.again(file)
		put("b", age)
		if changed := s.again(file).content != s.content; changed != noticed {
			t.Errorf("written %v ago: noticed %v", age, changed)
		}
	}
}

// TestAsked: who asks need not wait, and is told again what is wrong.
func TestAsked(t *testing.T) {
	s := &scene{t: t, file: filepath.Join(t.TempDir(), "file")}
	s.write("a")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		now := make(chan struct{})
		w := &Watcher{Log: slog.New(slog.NewTextHandler(&s.log, nil)), Now: now, Count: func(target string, err error) { s.told = append(s.told, fmt.Sprint(target, err)) }}
		go w.Run(ctx, []Target{{Name: "thing", Files: []string{s.file}, Load: s.load}})
		synctest.Wait()
		begin := time.Now()
		for _, content := range []string{"a", "b", "broken", "broken", "c"} {
			s.write(content)
			now <- struct{}{}
			synctest.Wait()
		}
		if waited := time.Since(begin); waited > 0 {
			t.Errorf("it took %v", waited)
		}
		cancel()
		synctest.Wait()
	})
	s.want([]string{"a", "a", "b", "c"}, []string{"thing<nil>", "thingit is broken", "thingit is broken", "thing<nil>"})
	if n := strings.Count(s.log.String(), "it is the same"); n != 1 {
		t.Errorf("%d files are the same:\n%s", n, s.log.String())
	}
}

// TestAlso: what a target depends on beside its files is looked at as well.
func TestAlso(t *testing.T) {
	var also atomic.Value
	var loads atomic.Int32
	also.Store("one")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := &Watcher{Log: slog.New(slog.DiscardHandler), Count: func(string, error) {}}
		go w.Run(ctx, []Target{{Name: "thing", Also: func() string { return also.Load().(string) }, Load: func() (string, error) { loads.Add(1); return "", nil }}})
		synctest.Wait()
		for _, want := range []int32{1, 2, 2} {
			if got := loads.Load(); got != want {
				t.Errorf("loaded %d times, want %d", got, want)
			}
			also.Store("two")
			time.Sleep(2*Every + 1)
			synctest.Wait()
		}
		cancel()
		synctest.Wait()
	})
}

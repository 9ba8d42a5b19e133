package bench_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/bench/corpus"
	"github.com/auditship/auditship/e2e/bench/measure"
	"github.com/auditship/auditship/e2e/bench/sink"
)

var (
	measured = flag.Bool("bench", false, "measure; without it there is nothing to do here")
	size     = flag.Int64("size", 256, "MB of the log")
	runs     = flag.Int("runs", 5, "how often each shipper runs; medians are shown")
	seed     = flag.Uint64("seed", 1, "of the log")
	nice     = flag.Int("nice", -5, "nice value of everything that is started, where the system allows it")
	only     = flag.String("peers", "", "which shippers, separated by commas; all that can be had by default")
)

var workDir string // on the cache's file system; kept if a test fails

func TestMain(m *testing.M) {
	measure.Launch()
	sink.Main()
	flag.Parse()
	if *measured {
		if err := measure.Prioritise(*nice); err != nil {
			fmt.Println(err)
			*nice = 0
		}
	}
	code := 1
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	if err := endServers(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if code != 0 {
		fmt.Println("files are kept in", workDir)
	} else if err := os.RemoveAll(workDir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func prepare() error {
	cache, err := backend.Cache()
	if err != nil {
		return err
	}
	runs := filepath.Join(cache, "run")
	err = errors.Join(os.MkdirAll(runs, 0o755), os.MkdirAll(filepath.Join(cache, "bench"), 0o755))
	if err != nil {
		return err
	}
	if workDir, err = os.MkdirTemp(runs, "bench-"); err != nil {
		return err
	}
	return os.Chmod(workDir, 0o755) // servers may run as another user
}

// needed skips a test that measures unless measuring was asked for.
func needed(t *testing.T) {
	t.Helper()
	if !*measured {
		t.Skip("measures only with -args -bench")
	}
}

func wants(name string) bool {
	return *only == "" || strings.Contains(","+*only+",", ","+name+",")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(workDir, "test-")
	must(t, err)
	return dir
}

// recording is the directory of the real lines.
func recording(t *testing.T) string {
	t.Helper()
	dir, err := corpus.Recording(newDir(t))
	must(t, err)
	return dir
}

// makeLog writes a log and tells what is in it.
func makeLog(t *testing.T, spec corpus.Spec) (path string, facts corpus.Facts) {
	t.Helper()
	spec.Seed, spec.Real = *seed, recording(t)
	path = filepath.Join(newDir(t), "corpus.log")
	facts, err := corpus.Write(path, spec)
	must(t, err)
	return path, facts
}

func repository() string { return filepath.Join("..", "..") }

package file

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/auditship/auditship/outputs"
)

const nobody = 65534

// Somebody has planted something in a directory that everybody can write to: nothing is shipped until it is gone, and
// nothing elsewhere is changed.
func TestPlanted(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	for name, c := range map[string]struct {
		at     string
		reason string
		plant  func(path, precious string) error
	}{
		"a link at the path":         {"events.jsonl", "untrusted", foreignLink},
		"a link at the lock":         {".events.jsonl.lock", "untrusted", foreignLink},
		"another name of a file":     {"events.jsonl", "untrusted", func(path, precious string) error { return os.Link(precious, path) }},
		"a file of his":              {"events.jsonl", "untrusted", foreignFile},
		"a FIFO at the path":         {"events.jsonl", "not_a_file", fifo},
		"a FIFO at the lock":         {".events.jsonl.lock", "not_a_file", fifo},
		"a link as a backup":         {"events-2020-01-01T00-00-00.000.jsonl", "", foreignLink},
		"a FIFO as a backup":         {"events-2020-01-01T00-00-00.000.jsonl", "", fifo},
		"a link for the compression": {"events-2020-01-01T00-00-00.000.jsonl.zst.tmp", "", foreignLink},
	} {
		t.Run(name, func(t *testing.T) {
			precious := filepath.Join(t.TempDir(), "precious")
			must(t, os.WriteFile(precious, []byte("precious"), 0o600))
			dir := filepath.Join(t.TempDir(), "all")
			must(t, os.Mkdir(dir, 0o700))
			must(t, os.Chmod(dir, 0o777))
			planted := filepath.Join(dir, c.at)
			must(t, c.plant(planted, precious))
			cfg := Config{Path: filepath.Join(dir, "events.jsonl"), MaxSize: 1000, Compress: "zstd"}
			o := newOutput(t, cfg)
			defer o.Close()
			if c.reason != "" {
				f := outputs.FaultOf(only(o.Write(t.Context(), numbered(t, 9))))
				if f.Reason != c.reason || !f.Blocked {
					t.Errorf("got %v", f)
				}
				must(t, os.Remove(planted))
			}
			write(t, o, numbered(t, 9))
			o.Close()
			if got, err := os.ReadFile(precious); string(got) != "precious" || err != nil {
				t.Errorf("elsewhere is %q, %v", got, err)
			}
			if c.reason == "" {
				os.Remove(planted) // what tidy has not taken away
			}
			if got := arrived(t, cfg); len(got) != 9 {
				t.Errorf("%d arrived", len(got))
			}
		})
	}
}

func only(_ outputs.Ack, err error) error { return err }

func fifo(path, _ string) error { return syscall.Mkfifo(path, 0o666) }

func foreignLink(path, precious string) error {
	if err := os.Symlink(precious, path); err != nil {
		return err
	}
	return os.Lchown(path, nobody, nobody)
}

func foreignFile(path, _ string) error {
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		return err
	}
	return os.Chown(path, nobody, nobody)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

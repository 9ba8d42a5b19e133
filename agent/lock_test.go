package agent

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStateDirectoryOfAll(t *testing.T) {
	for mode, want := range map[os.FileMode]bool{0o700: false, 0o755: false, 0o770: true, 0o777: true} {
		s := newSite(t)
		cfg := s.config(archive)
		s.must(os.MkdirAll(cfg.StateDir, 0o700))
		s.must(os.Chmod(cfg.StateDir, mode))
		var log strings.Builder
		unlock, err := newAgent(cfg, Options{Log: slog.New(slog.NewTextHandler(&log, nil))}).lock(t.Context())
		s.must(err)
		s.must(unlock())
		if got := strings.Contains(log.String(), "others can write to the state directory"); got != want {
			t.Errorf("%o: told %v, want %v", mode, got, want)
		}
	}
}

// A lock or checkpoint that is a link of another user's is not followed.
func TestPlantedInTheStateDirectory(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a link away")
	}
	for _, name := range []string{"lock", "pipelines/in--archive/checkpoint.a"} {
		s := newSite(t)
		cfg := s.config(archive)
		precious, planted := s.path("precious"), filepath.Join(cfg.StateDir, name)
		s.must(os.WriteFile(precious, []byte("precious"), 0o600))
		s.must(os.MkdirAll(filepath.Dir(planted), 0o700))
		s.must(os.Symlink(precious, planted))
		s.must(os.Lchown(planted, 65534, 65534))
		err := Run(t.Context(), cfg, Options{Log: quiet, Once: true})
		if err == nil || !strings.Contains(err.Error(), "another user") {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := os.ReadFile(precious); string(got) != "precious" || err != nil {
			t.Errorf("%s: elsewhere is %q, %v", name, got, err)
		}
	}
}

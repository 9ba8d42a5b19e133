package file

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/outputs"
)

type fullDisk struct {
	disk.OS
	free int64
}

func (r fullDisk) Free(string) (int64, error) { return r.free, nil }

func TestProbe(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cfg           Config
		free, minFree int64
		found, doubts int
		reason        string
	}{
		"all is well":      {Config{Path: filepath.Join(dir, "a"), MaxSize: 1 << 20, MaxBackups: 2}, 4 << 20, 1 << 20, 1, 0, ""},
		"less than it may": {Config{Path: filepath.Join(dir, "a"), MaxSize: 1 << 20, MaxBackups: 9}, 4 << 20, 1 << 20, 1, 1, ""},
		"without a limit":  {Config{Path: filepath.Join(dir, "a")}, 4 << 20, 1 << 20, 1, 1, ""},
		"full":             {Config{Path: filepath.Join(dir, "a")}, 4 << 10, 1 << 20, 0, 0, "disk_full"},
		"no directory yet": {Config{Path: filepath.Join(dir, "none", "below", "a"), MaxSize: 1 << 20, MaxBackups: 2}, 4 << 20, 1 << 20, 1, 0, ""},
		"a file is there":  {Config{Path: filepath.Join(file, "a")}, 4 << 20, 0, 0, 0, "permission_denied"},
	} {
		o, err := New(c.cfg, outputs.Env{Log: discard, Disk: fullDisk{free: c.free}, MinFree: c.minFree})
		if err != nil {
			t.Fatal(err)
		}
		p, err := o.(outputs.Prober).Probe(t.Context())
		switch {
		case c.reason != "" && (err == nil || outputs.FaultOf(err).Reason != c.reason):
			t.Errorf("%s: %v", name, err)
		case c.reason == "" && (err != nil || len(p.Found) != c.found || len(p.Doubts) != c.doubts):
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("the probe left %v, %v", entries, err)
	}
}

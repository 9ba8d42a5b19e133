package agent

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/inputs/webhook"
)

func TestGroupLimit(t *testing.T) {
	const none = math.MaxInt64
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"no cgroups":          {nil, none},
		"container":           {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "67108864\n"}, 64 << 20},
		"no limit":            {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, none},
		"around it is less":   {map[string]string{"proc/self/cgroup": "0::/kube/pod/c\n", "sys/fs/cgroup/kube/pod/c/memory.max": "max\n", "sys/fs/cgroup/kube/pod/memory.max": "1000\n", "sys/fs/cgroup/kube/memory.max": "2000\n"}, 1000},
		"version 1":           {map[string]string{"proc/self/cgroup": "4:memory:/a\n1:cpu:/\n0::/\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "5000\n"}, 5000},
		"version 1, no limit": {map[string]string{"proc/self/cgroup": "4:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "9223372036854771712\n"}, 9223372036854771712},
		"mounted as the root": {map[string]string{"proc/self/cgroup": "4:memory:/docker/0123\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "7000\n"}, 7000},
		"leaves the mount":    {map[string]string{"proc/self/cgroup": "0::/../../proc\n", "proc/memory.max": "1\n"}, none},
		"out of range":        {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "99999999999999999999\n"}, none},
		"nonsense":            {map[string]string{"proc/self/cgroup": "x\n0::/\n", "sys/fs/cgroup/memory.max": "-1\n"}, none},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for path, content := range c.files {
				path = filepath.Join(root, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := groupLimit(root); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}

func TestMemoryLimit(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	var cfg config.Config
	cfg.Memory.MaxBytes = 48 << 20
	for group, want := range map[int64]int64{math.MaxInt64: 72 << 20, 64 << 20: 64 << 20 / 10 * 9, 1 << 40: 72 << 20} {
		limitMemory(&cfg, group)
		if got := debug.SetMemoryLimit(-1); got != want {
			t.Errorf("in a group of %d bytes: %d, want %d", group, got, want)
		}
	}
	cfg.Inputs = []config.Input{{Webhook: &webhook.Config{}}}
	for group, want := range map[int64]int64{math.MaxInt64: 120 << 20, 120 << 20: 120 << 20 / 10 * 9} {
		if limitMemory(&cfg, group); debug.SetMemoryLimit(-1) != want {
			t.Errorf("with a webhook, in a group of %d bytes: %d, want %d", group, debug.SetMemoryLimit(-1), want)
		}
	}
	if got := webhookMemory(&cfg, 120<<20); got != 40<<20 {
		t.Errorf("a webhook holds %d bytes in a group of 120 MiB, want a third", got)
	}
	t.Setenv("GOMEMLIMIT", "1GiB")
	limitMemory(&cfg, 1000)
	if got := debug.SetMemoryLimit(-1); got == 900 {
		t.Error("GOMEMLIMIT did not have the last word")
	}
}

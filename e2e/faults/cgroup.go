package faults

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Group is a control group that limits memory; see cgroups(7).
type Group struct {
	dir  string
	kind groupKind
}

// groupKind is how the files of a group are called.
type groupKind struct{ limit, swap, kills string }

var (
	version1 = groupKind{"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.oom_control"}
	version2 = groupKind{"memory.max", "memory.swap.max", "memory.events"}
)

// NewGroup makes one for a number of bytes: in version 1 within this process's own group, in version 2 beside it, since
// there only groups without processes pass on a controller.
func NewGroup(bytes int64) (*Group, error) {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	parent, kind, err := groupParent("/sys/fs/cgroup", string(own))
	if err != nil {
		return nil, err
	}
	g := &Group{kind: kind}
	if g.dir, err = os.MkdirTemp(parent, "faults-"); err != nil {
		return nil, fmt.Errorf("make a control group: %w", err)
	}
	return g, errors.Join(g.write(kind.limit, bytes), g.forbidSwap(bytes))
}

// groupParent finds where a group may be made, from what /proc/self/cgroup says.
func groupParent(root, own string) (string, groupKind, error) {
	for line := range strings.Lines(own) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // number:controllers:path
		if len(fields) != 3 {
			continue
		}
		if fields[1] == "memory" {
			return filepath.Join(root, "memory", fields[2]), version1, nil
		}
		beside := filepath.Join(root, filepath.Dir(fields[2]))
		passed, _ := os.ReadFile(filepath.Join(beside, "cgroup.subtree_control"))
		if fields[1] == "" && strings.Contains(string(passed), "memory") {
			return beside, version2, nil
		}
	}
	return "", groupKind{}, fmt.Errorf("find a control group for memory: %w", errors.ErrUnsupported)
}

// forbidSwap matters where there is any; version 1 limits the sum of both.
func (g *Group) forbidSwap(bytes int64) error {
	if g.kind == version2 {
		bytes = 0
	}
	if err := g.write(g.kind.swap, bytes); !errors.Is(err, os.ErrNotExist) && !errors.Is(err, os.ErrPermission) {
		return err
	}
	return nil
}

func (g *Group) write(file string, n int64) error {
	return os.WriteFile(filepath.Join(g.dir, file), fmt.Append(nil, n), 0o644)
}

// Command becomes, in the group, the command that follows it.
func (g *Group) Command() []string {
	return []string{"sh", "-c", `echo $$ > "$0" && exec "$@"`, filepath.Join(g.dir, "cgroup.procs")}
}

// Kills is how many processes of the group the kernel has killed for want of memory.
func (g *Group) Kills() (n int, err error) {
	text, err := os.ReadFile(filepath.Join(g.dir, g.kind.kills))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "oom_kill %d", &n); err == nil {
			return n, nil
		}
	}
	return 0, fmt.Errorf("read %s of %s: no oom_kill", g.kind.kills, g.dir)
}

// Close removes it; its processes must have ended.
func (g *Group) Close() error { return os.Remove(g.dir) }

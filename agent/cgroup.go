package agent

import (
	"errors"
	"math"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// groupLimit is the memory in bytes that the control groups of this process allow, read below root; math.MaxInt64 where
// nothing limits it or it cannot be told. Both versions of cgroups(7) are known. In a container its group is often mounted
// as the root, so the limits there count as well.
func groupLimit(root string) int64 {
	groups, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return math.MaxInt64
	}
	limit := int64(math.MaxInt64)
	for line := range strings.Lines(string(groups)) { // ID:CONTROLLERS:PATH
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 {
			continue
		}
		switch fields[1] {
		case "":
			limit = min(limit, least(filepath.Join(root, "sys/fs/cgroup"), fields[2], "memory.max"))
		case "memory":
			limit = min(limit, least(filepath.Join(root, "sys/fs/cgroup/memory"), fields[2], "memory.limit_in_bytes"))
		}
	}
	return limit
}

// least is the smallest limit of a group and those around it: each of them holds.
func least(mount, group, name string) int64 {
	limit := int64(math.MaxInt64)
	for group = path.Clean("/" + group); ; group = path.Dir(group) {
		limit = min(limit, readLimit(filepath.Join(mount, group, name)))
		if group == "/" {
			return limit
		}
	}
}

// readLimit: "max" in version 2, and a number that no machine reaches in version 1, is no limit.
func readLimit(path string) int64 {
	content, err := os.ReadFile(path)
	if err != nil {
		return math.MaxInt64
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || limit <= 0 {
		return math.MaxInt64
	}
	return limit
}

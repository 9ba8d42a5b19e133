package agent

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// dropBinary has the kernel forget which pages of the binary this process has used: all that the packages' initialisation went
// through, and what lay around it. What is used again comes back out of the page cache; the rest can leave that when memory
// is short, and does not count as this process's until then. Only what nobody can have changed is forgotten.
func dropBinary() {
	binary, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	mappings, err := os.ReadFile("/proc/self/smaps") // proc_pid_smaps(5)
	if err != nil {
		return
	}
	for _, m := range unchanged(string(mappings), binary) {
		unix.Syscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED) // where that fails nothing changes
	}
}

type mapping struct{ start, end uintptr }

// unchanged are the mappings of a file that can't be written, and of which no page is a copy: relocations make copies, and so
// do debuggers.
func unchanged(smaps, file string) (found []mapping) {
	var m mapping
	ours := false
	for line := range strings.Lines(smaps) {
		if head := strings.SplitN(strings.TrimRight(line, "\n"), " ", 6); len(head) == 6 && strings.Contains(head[0], "-") {
			m, ours = bounds(head[0])
			ours = ours && (head[1] == "r-xp" || head[1] == "r--p") && strings.TrimLeft(head[5], " ") == file
		} else if kilobytes, ok := strings.CutPrefix(line, "Anonymous:"); ok && ours && strings.TrimSpace(kilobytes) == "0 kB" {
			found = append(found, m)
		}
	}
	return found
}

// bounds reads START-END.
func bounds(text string) (m mapping, ok bool) {
	start, end, _ := strings.Cut(text, "-")
	from, err := strconv.ParseUint(start, 16, 64)
	to, failed := strconv.ParseUint(end, 16, 64)
	return mapping{uintptr(from), uintptr(to)}, err == nil && failed == nil && from < to
}

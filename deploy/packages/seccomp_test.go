package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// confineArgument makes the test's own binary a program that installs the unit's filter of system calls, and becomes another one:
// systemd does that, and there is none in a test. What comes behind it: a list of numbers, and the command line.
const confineArgument = "confine"

func confine(numbers string, command []string) {
	filter := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}} // seccomp_data.nr
	for number := range strings.SplitSeq(numbers, ",") {
		n, err := strconv.ParseUint(number, 10, 32)
		exitIf(err)
		filter = append(filter, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: uint32(n)}, unix.SockFilter{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ALLOW})
	}
	filter = append(filter, unix.SockFilter{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)})
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	exitIf(unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
	exitIf(unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0))
	exitIf(syscall.Exec(command[0], command, os.Environ()))
}

func exitIf(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "confine:", err)
		os.Exit(111)
	}
}

// allowed are the numbers of the system calls that the unit leaves to the agent: the lines of SystemCallFilter in their order, as
// systemd.exec(5) has them; @default is always there.
func allowed(t *testing.T, unit string) string {
	t.Helper()
	need(t, "systemd-analyze")
	names := expand(t, "@default")
	for _, line := range keysOf(unit, "SystemCallFilter") {
		line, without := strings.CutPrefix(line, "~")
		for word := range strings.FieldsSeq(line) {
			for name := range expand(t, word) {
				if without {
					delete(names, name)
				} else {
					names[name] = true
				}
			}
		}
	}
	numbers, table := []string{}, systemCalls(t)
	for name := range names {
		if number, known := table[name]; known {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	if len(numbers) < 150 {
		t.Fatalf("%d system calls: that can't be all of them", len(numbers))
	}
	t.Logf("%d of %d system calls are left to it", len(numbers), len(table))
	return strings.Join(numbers, ",")
}

// expand is a set of systemd's, or a system call.
func expand(t *testing.T, word string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	if !strings.HasPrefix(word, "@") {
		names[word] = true
		return names
	}
	listed, err := exec.Command("systemd-analyze", "syscall-filter", word).Output()
	if err != nil {
		t.Fatalf("%s: %v", word, err)
	}
	for line := range strings.Lines(string(listed)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line == word || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "@"):
			for name := range expand(t, line) {
				names[name] = true
			}
		default:
			names[line] = true
		}
	}
	return names
}

// systemCalls are the numbers by name, which golang.org/x/sys has as constants alone.
func systemCalls(t *testing.T) map[string]string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "unix", "zsysnum_linux_"+runtime.GOARCH+".go"))
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]string{}
	for _, m := range regexp.MustCompile(`SYS_(\w+)\s*=\s*(\d+)`).FindAllStringSubmatch(string(source), -1) {
		table[strings.ToLower(m[1])] = m[2]
	}
	return table
}

// keysOf are the values of a key of a unit, in their order.
func keysOf(unit, key string) (values []string) {
	for line := range strings.Lines(unit) {
		if value, ok := strings.CutPrefix(line, key+"="); ok {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

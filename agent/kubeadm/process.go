package kubeadm

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Servers finds the processes of kube-apiserver.
func (h *Host) Servers() (found []Process, err error) {
	entries, err := os.ReadDir(h.proc)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if strings.Trim(entry.Name(), "0123456789") != "" {
			continue
		}
		line, err := os.ReadFile(filepath.Join(h.proc, entry.Name(), "cmdline"))
		if err != nil || len(line) == 0 {
			continue // it has ended, or is the kernel's
		}
		args := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
		if path.Base(args[0]) == apiServer {
			found = append(found, Process{entry.Name(), h.start(entry.Name()), args})
		}
	}
	return found, nil
}

// start is when a process began, in ticks since the boot: field 22 of /proc/PID/stat, the 20th behind the name in brackets
// (proc(5)).
func (h *Host) start(id string) string {
	line, err := os.ReadFile(filepath.Join(h.proc, id, "stat"))
	if err != nil {
		return ""
	}
	fields := bytes.Fields(line[bytes.LastIndexByte(line, ')')+1:])
	if len(fields) < 20 {
		return ""
	}
	return string(fields[19])
}

// Stop sends SIGTERM: kube-apiserver answers what it is asked before it ends, and kubelet starts it again.
func (h *Host) Stop(p Process) error {
	id, err := strconv.Atoi(p.ID)
	if err != nil || h.start(p.ID) != p.Start {
		return nil // it has ended, and the number may be another's
	}
	return syscall.Kill(id, syscall.SIGTERM)
}

// lastWords is how many lines are told.
const lastWords = 10

// LastWords reads the newest log of the API server's container.
func (h *Host) LastWords() []string {
	logs, err := filepath.Glob(filepath.Join(h.log, "kube-system_"+apiServer+"-*", "*", "*.log"))
	if err != nil || len(logs) == 0 {
		return nil
	}
	newest := slices.MaxFunc(logs, func(a, b string) int { return changed(a).Compare(changed(b)) })
	text, err := tail(newest, 64<<10)
	if err != nil {
		return nil
	}
	var words []string
	for line := range strings.Lines(string(text)) {
		if said, ok := ownWords(line); ok {
			words = append(words, said)
		}
	}
	return words[max(0, len(words)-lastWords):]
}

func changed(name string) time.Time {
	info, err := os.Stat(name)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

func tail(name string, most int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if _, err := file.Seek(-most, io.SeekEnd); err != nil && !errors.Is(err, os.ErrInvalid) {
		if _, err := file.Seek(0, io.SeekStart); err != nil { // it is shorter
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(file, most))
}

// ownWords is a line of a container's log without what the runtime put before it (TIME STREAM TAG; k8s.io/cri-client
// pkg/logs), and whether the server says it of itself: events on standard output are not repeated.
func ownWords(line string) (string, bool) {
	parts := strings.SplitN(strings.TrimRight(line, "\n"), " ", 4)
	if len(parts) < 4 || parts[1] != "stderr" {
		return "", false
	}
	return parts[3][:min(len(parts[3]), 400)], true
}

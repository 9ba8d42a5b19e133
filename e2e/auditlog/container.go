package auditlog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ContainerLog is what a container prints, as containerd writes it and kubelet rotates it (k8s.io/kubernetes/pkg/kubelet/logs):
// DIR/0.log, 0.log.20060102-150405, and these compressed as soon as there is a newer one.
type ContainerLog struct {
	Rotations int

	dir     string
	backups int // that are kept
	file    *os.File
	due     bool
	now     time.Time // of the newest backup's name, which has seconds only
}

// maxPart is how much of a line containerd puts into an entry.
const maxPart = 16 << 10

// NewContainerLog makes the log in a new directory.
func NewContainerLog(dir string, backups int) (*ContainerLog, error) {
	l := &ContainerLog{dir: dir, backups: backups, now: time.Now().UTC()}
	return l, errors.Join(os.MkdirAll(dir, 0o755), l.open())
}

func (l *ContainerLog) path() string { return filepath.Join(l.dir, "0.log") }

func (l *ContainerLog) open() (err error) {
	l.file, err = os.OpenFile(l.path(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	return err
}

// Rotate has the log rotated with the next entry, as kubelet would that finds it too long.
func (l *ContainerLog) Rotate() { l.due = true }

// Print writes a line to the container's standard output. Where it is long, half a line of standard error comes between two parts of it.
func (l *ContainerLog) Print(line []byte) error {
	for n := 0; len(line) > maxPart; n++ {
		if err := l.entry("stdout", 'P', line[:maxPart]); err != nil {
			return err
		}
		line = line[maxPart:]
		if err := l.entry("stderr", "PF"[n%2], []byte("E1122 12:05:27.416099       1 half a line of klog's, ")); err != nil {
			return err
		}
	}
	return l.entry("stdout", 'F', line)
}

// entry writes in one piece. Of the runtime's handle kubelet knows nothing: what is written until it opens the log again still goes to
// the file that was renamed.
func (l *ContainerLog) entry(stream string, tag byte, content []byte) error {
	rotate := l.due
	if rotate {
		if err := l.rename(); err != nil {
			return err
		}
	}
	text := fmt.Appendf(nil, "%s %s %c %s\n", time.Now().UTC().Format(time.RFC3339Nano), stream, tag, content)
	if _, err := l.file.Write(text); err != nil || !rotate {
		return err
	}
	l.due = false
	return errors.Join(l.file.Close(), l.open())
}

// rename makes room, compresses the backups that are there, and makes the log another one.
func (l *ContainerLog) rename() error {
	old, err := filepath.Glob(l.path() + ".*")
	if err != nil {
		return err
	}
	slices.Sort(old)
	for len(old) >= l.backups {
		if err := os.Remove(old[0]); err != nil {
			return err
		}
		old = old[1:]
	}
	for _, path := range old {
		if !strings.HasSuffix(path, ".gz") {
			if err := compress(path); err != nil {
				return err
			}
		}
	}
	l.Rotations++
	l.now = l.now.Add(time.Second)
	return os.Rename(l.path(), l.path()+"."+l.now.Format("20060102-150405"))
}

func compress(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err = io.Copy(w, bytes.NewReader(content))
	if err = errors.Join(err, w.Close(), os.WriteFile(path+".tmp", zipped.Bytes(), 0o640)); err != nil {
		return err
	}
	return errors.Join(os.Rename(path+".tmp", path+".gz"), os.Remove(path))
}

// Close ends the container.
func (l *ContainerLog) Close() error { return l.file.Close() }

// Printed is a recording of what kube-apiserver printed, its events between klog's lines: the whole one beside the recorded log that
// AUDITSHIP_E2E_AUDIT names, else the beginning of it, which root has.
func Printed(root string) ([]byte, error) {
	whole := filepath.Join(filepath.Dir(os.Getenv("AUDITSHIP_E2E_AUDIT")), "stdout", "mixed.log")
	if _, err := os.Stat(whole); err == nil {
		return os.ReadFile(whole)
	}
	return os.ReadFile(filepath.Join(root, "inputs", "stdout", "testdata", "mixed.log"))
}

package logs

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Stdin is the path that stands for standard input.
const Stdin = "-"

var errNoLogs = errors.New("holds no log: want *.log, *.json, *.jsonl or their backups, perhaps compressed")

// Files are the logs at a path. Of a directory they are those in it, not below it, that have the name of a log or of a backup of
// one: log by log, the backups of each in the order in which they were written, and last the log itself.
func Files(path string) ([]string, error) {
	if path == Stdin {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var found []backup
	there := map[string]bool{}
	for _, entry := range entries {
		b, ok := parse(entry.Name())
		if ok && !entry.IsDir() {
			found = append(found, b)
			there[b.file] = true
		}
	}
	// While a backup is being compressed it is there twice, and only the plain one is whole.
	found = slices.DeleteFunc(found, func(b backup) bool {
		return strings.HasSuffix(b.file, ".gz") && there[strings.TrimSuffix(b.file, ".gz")]
	})
	if len(found) == 0 {
		return nil, &os.PathError{Op: "read", Path: path, Err: errNoLogs}
	}
	slices.SortFunc(found, backup.compare)
	names := make([]string, len(found))
	for i, b := range found {
		names[i] = filepath.Join(path, b.file)
	}
	return names, nil
}

// backup is what the name of a file says.
type backup struct {
	file   string
	log    string // whose backup it is
	time   string // of the rotation, in a form that sorts; empty: it has none
	number int    // logrotate's: the higher the older; 0: none
}

var (
	// What kube-apiserver makes, by gopkg.in/natefinch/lumberjack.v2: audit-2006-01-02T15-04-05.000.log.
	lumberjack = regexp.MustCompile(`^(.+)-(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3})(\.[a-z]+)$`)
	// What logrotate(8) appends: a number, or a date by its dateformat, in seconds, or both; and kubelet, a date.
	numbered = regexp.MustCompile(`^(.+)\.(\d{1,6})$`)
	dated    = regexp.MustCompile(`^(.+?)[-._](20\d\d(?:[-._]?\d\d){2}(?:[-._T]?\d\d){0,3}(?:[-.]\d{9,11})?|\d{9,11})$`)
)

func parse(file string) (backup, bool) {
	plain := file
	for _, suffix := range []string{".gz", ".zst", ".bz2", ".xz"} {
		plain = strings.TrimSuffix(plain, suffix)
	}
	b := backup{file: file, log: plain}
	if m := lumberjack.FindStringSubmatch(plain); m != nil {
		b.log, b.time = m[1]+m[3], m[2]
	} else if m := numbered.FindStringSubmatch(plain); m != nil {
		b.log = m[1]
		b.number, _ = strconv.Atoi(m[2]) // of digits
	} else if m := dated.FindStringSubmatch(plain); m != nil {
		b.log, b.time = m[1], m[2]
	}
	switch filepath.Ext(b.log) {
	case ".log", ".json", ".jsonl":
		return b, !strings.HasPrefix(file, ".")
	}
	return b, false
}

// compare: of one log the dated backups come first, then the numbered ones, the oldest of both first, and last the log.
func (b backup) compare(other backup) int {
	return cmp.Or(
		cmp.Compare(b.log, other.log),
		cmp.Compare(b.rank(), other.rank()),
		cmp.Compare(b.time, other.time),
		cmp.Compare(other.number, b.number),
		cmp.Compare(b.file, other.file),
	)
}

func (b backup) rank() int {
	switch {
	case b.time != "":
		return 0
	case b.number > 0:
		return 1
	}
	return 2
}

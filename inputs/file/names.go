package file

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind tells who gave a file its name.
type kind uint8

const (
	noLog      kind = iota
	live            // the log itself
	lumberjack      // renamed by kube-apiserver, after it closed it: final
	logrotate       // renamed or copied by somebody else: the writer may go on writing to it
	guarded         // a link of the retention guard
	lost            // a note of the retention guard about a link that it gave up
)

// name is what a file name says about a file.
type name struct {
	kind   kind
	gz     bool
	time   time.Time // of the rotation; zero: the name has none
	number int       // logrotate's and 1, the higher the older
	seq    uint64    // of a guard's link: in the order in which the guard saw the files
	open   bool      // a copy of a file that its writer had perhaps not closed
}

const (
	gzSuffix   = ".gz"
	lostSuffix = ".lost"
	openSuffix = ".open"

	// BackupTime is what a backup has in its name, in UTC: backupTimeFormat of gopkg.in/natefinch/lumberjack.v2, which kube-apiserver
	// rotates with.
	BackupTime = "2006-01-02T15-04-05.000"
)

// What logrotate(8) puts behind a log's name, or before its extension (see extension there): a number, or a date by its default
// dateformat (-%Y%m%d, with %H behind it for hourly), by one that says more of it, or in seconds; and what kubelet appends to a
// container's log (k8s.io/kubernetes/pkg/kubelet/logs): .%Y%m%d-%H%M%S.
var (
	numbered = regexp.MustCompile(`^\.(0|[1-9][0-9]{0,5})$`)
	dated    = regexp.MustCompile(`^[-._](20[0-9]{2}(?:[-._]?[0-9]{2}){2}(?:[-._T]?[0-9]{2}){0,3})(?:[-.]([0-9]{9,11}))?$`)
	seconds  = regexp.MustCompile(`^[-._]([0-9]{9,11})$`)
)

// compressors are suffixes of what logrotate may compress with, and the agent can't read.
var compressors = []string{".xz", ".zst", ".bz2", ".lz4", ".lzma", ".Z"}

// parseName tells what a file in the directory of a log is. base is the log's own name.
func parseName(base, file string) name {
	if file == base {
		return name{kind: live}
	}
	plain, gz := strings.CutSuffix(file, gzSuffix)
	ext := filepath.Ext(base)
	if middle, ok := strings.CutPrefix(plain, strings.TrimSuffix(base, ext)); ok && strings.HasSuffix(middle, ext) {
		middle = strings.TrimSuffix(middle, ext)
		if t, err := time.Parse("-"+BackupTime, middle); err == nil {
			return name{kind: lumberjack, gz: gz, time: t}
		}
		if n := parseLogrotate(middle, gz); n.kind != noLog {
			return n
		}
	}
	if suffix, ok := strings.CutPrefix(plain, base); ok {
		return parseLogrotate(suffix, gz)
	}
	return name{}
}

func parseLogrotate(suffix string, gz bool) name {
	n := name{kind: logrotate, gz: gz}
	if m := numbered.FindStringSubmatch(suffix); m != nil {
		n.number, _ = strconv.Atoi(m[1])
		n.number++ // 0 is one, too: see start in logrotate(8)
		return n
	}
	if m := dated.FindStringSubmatch(suffix); m != nil {
		digits := strings.NewReplacer("-", "", ".", "", "_", "", "T", "").Replace(m[1])
		var err error
		if n.time, err = time.Parse("20060102150405"[:len(digits)], digits); err != nil {
			return name{}
		}
		if m[2] != "" {
			n.time = unixTime(m[2])
		}
		return n
	}
	if m := seconds.FindStringSubmatch(suffix); m != nil {
		n.time = unixTime(m[1])
		return n
	}
	return name{}
}

// unixTime is a time in seconds of at most 11 digits.
func unixTime(digits string) time.Time {
	seconds, _ := strconv.ParseInt(digits, 10, 64)
	return time.Unix(seconds, 0).UTC()
}

// IsBackup tells whether a file in the directory of a log would be read as a backup of it. base is the log's own name.
func IsBackup(base, file string) bool { return parseName(base, file).kind > live }

// unreadable tells whether a file is a backup that was compressed by something else than gzip.
func unreadable(base, file string) bool {
	return slices.ContainsFunc(compressors, func(suffix string) bool {
		plain, ok := strings.CutSuffix(file, suffix)
		return ok && IsBackup(base, plain)
	})
}

// linkName is the name of a guard's link: the log's, so that two logs can share a directory, and the sequence.
func linkName(base string, seq uint64, gz bool) string {
	digits := strconv.FormatUint(seq, 10)
	link := base + "." + strings.Repeat("0", max(0, 12-len(digits))) + digits
	if gz {
		link += gzSuffix
	}
	return link
}

// parseLink is the inverse of linkName, and takes lost notes as well.
func parseLink(base, file string) name {
	rest, ok := strings.CutPrefix(file, base+".")
	if !ok {
		return name{}
	}
	n := name{kind: guarded}
	if digits, ok := strings.CutSuffix(rest, lostSuffix); ok {
		rest, n.kind = digits, lost
	} else {
		rest, n.open = strings.CutSuffix(rest, openSuffix)
		rest, n.gz = strings.CutSuffix(rest, gzSuffix)
	}
	seq, err := strconv.ParseUint(rest, 10, 64)
	if n.seq = seq; err != nil || n.open && n.gz || linkName(base, seq, false) != base+"."+rest { // +7, or a zero too many
		return name{}
	}
	return n
}

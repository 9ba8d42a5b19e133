package file

import (
	"path/filepath"
	"regexp"
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
	number int       // logrotate's, the higher the older
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

// logrotateSuffix is what logrotate(8) appends: a number, or a date by its default dateformat, -%Y%m%d and -%s; and what
// kubelet appends to a container's log (k8s.io/kubernetes/pkg/kubelet/logs): .%Y%m%d-%H%M%S.
var logrotateSuffix = regexp.MustCompile(`^(?:\.([1-9][0-9]{0,5})|-([0-9]{8})(?:-([0-9]{9,11}))?|\.([0-9]{8}-[0-9]{6}))$`)

// parseName tells what a file in the directory of a log is. base is the log's own name.
func parseName(base, file string) name {
	if file == base {
		return name{kind: live}
	}
	plain, gz := strings.CutSuffix(file, gzSuffix)
	ext := filepath.Ext(base)
	prefix := strings.TrimSuffix(base, ext) + "-"
	if stamp, ok := strings.CutPrefix(plain, prefix); ok && strings.HasSuffix(stamp, ext) {
		if t, err := time.Parse(BackupTime, strings.TrimSuffix(stamp, ext)); err == nil {
			return name{kind: lumberjack, gz: gz, time: t}
		}
	}
	if suffix, ok := strings.CutPrefix(plain, base); ok {
		return parseLogrotate(suffix, gz)
	}
	return name{}
}

func parseLogrotate(suffix string, gz bool) name {
	m := logrotateSuffix.FindStringSubmatch(suffix)
	if m == nil {
		return name{}
	}
	n := name{kind: logrotate, gz: gz}
	if m[1] != "" {
		n.number, _ = strconv.Atoi(m[1])
		return n
	}
	if m[4] != "" {
		at, err := time.Parse("20060102-150405", m[4])
		if err != nil {
			return name{}
		}
		n.time = at
		return n
	}
	day, err := time.Parse("20060102", m[2])
	if err != nil {
		return name{}
	}
	n.time = day
	if seconds, err := strconv.ParseInt(m[3], 10, 64); err == nil {
		n.time = time.Unix(seconds, 0).UTC()
	}
	return n
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

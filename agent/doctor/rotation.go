package doctor

import (
	"fmt"
	"math"
	"path"
	"strconv"
	"time"
)

// rotation is what kube-apiserver keeps.
type rotation struct {
	size    int64 // bytes of a file; 0: it is never rotated
	backups int   // 0: all
	days    int   // 0: any
}

// rotation is what the flags say. Defaults of kube-apiserver (k8s.io/apiserver/pkg/server/options/audit.go): in 1.34 nothing is
// deleted, and a size of 0 is lumberjack's 100 MB; in 1.36 there are limits, and a size of 0 is a log that is never rotated.
func (s *server) rotation() rotation {
	r := rotation{size: 100}
	if s.minor >= 36 {
		r = rotation{100, 100, 366}
	}
	for name, to := range map[string]*int{"audit-log-maxbackup": &r.backups, "audit-log-maxage": &r.days} {
		if n, given := s.number(name); given {
			*to = n
		}
	}
	if n, given := s.number("audit-log-maxsize"); given && (n > 0 || s.minor == 0 || s.minor > 34) {
		r.size = int64(n)
	}
	r.size <<= 20
	return r
}

func (s *server) number(name string) (n int, given bool) {
	f, there := s.flag(name)
	value, err := strconv.ParseInt(f.Value, 0, 32)
	return int(value), there && err == nil
}

// room is how long records are kept that come with so many bytes a second.
func (r rotation) room(perSecond float64) time.Duration {
	longest := float64(math.MaxInt64)
	if r.size <= 0 {
		return math.MaxInt64
	}
	if r.backups > 0 && perSecond > 0 {
		longest = float64(r.size) * float64(r.backups) / perSecond * float64(time.Second)
	}
	if r.days > 0 {
		longest = min(longest, float64(r.days)*24*float64(time.Hour))
	}
	if longest >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(longest)
}

// tiny is a file in which not every event fits: two bodies of 3 MiB, which is what kube-apiserver takes, and lists are longer.
const tiny = 10 << 20

// enough is the outage that backups have to cover.
const enough = time.Hour

// checkRotation holds the flags against what the log has grown by.
func (e *examination) checkRotation() {
	if e.server == nil {
		return
	}
	if f, there := e.server.flag("audit-log-path"); !there || f.Value == "" || f.Value == "-" {
		return
	}
	r, where := e.server.rotation(), e.server.name
	if f, given := e.server.flag("audit-log-maxbackup"); given {
		where = e.server.where(f)
	}
	if r.size <= 0 {
		e.warn("rotation", where, "set --audit-log-maxsize=100, --audit-log-maxbackup=20 and --audit-log-maxage=30", "the log is never rotated: it fills the disk, which may be etcd's")
		return
	}
	if r.size < tiny {
		f, _ := e.server.flag("audit-log-maxsize")
		e.warn("rotation", e.server.where(f), "set --audit-log-maxsize=100", "an event that is longer than %s is never written: kube-apiserver drops it, and counts it in apiserver_audit_error_total", size(r.size))
	}
	if r.backups == 0 && r.days == 0 {
		e.warn("rotation", where, "set --audit-log-maxbackup=20 and --audit-log-maxage=30", "backups are never deleted: they fill the disk, which may be etcd's")
		return
	}
	e.checkLogDisk(r)
	t, known := e.measure(r)
	if !known {
		e.ok("rotation", where, "%s; the log is too young to tell how long that lasts", r)
		return
	}
	e.judgeRoom(where, r, t)
}

// checkLogDisk looks whether all backups have room that kube-apiserver may make: it stops logging when the disk is full.
func (e *examination) checkLogDisk(r rotation) {
	dir := e.nearest(path.Dir(e.log))
	free, err := e.Free(e.at(dir))
	if err != nil || r.backups == 0 {
		return
	}
	more := r.size * int64(r.backups+1)
	for _, b := range e.backups(rotation{}) {
		more -= b.bytes
	}
	if free < more {
		e.warn("log-disk", dir, "make room, or lower --audit-log-maxbackup", "%s are free, and the backups may grow by %s: kube-apiserver cannot log on a full disk", size(free), size(more))
	} else {
		e.ok("log-disk", dir, "%s are free, and the backups may grow by %s", size(free), size(max(more, 0)))
	}
}

func (e *examination) judgeRoom(where string, r rotation, t traffic) {
	room, busy := r.room(t.average), r.room(t.busiest)
	what := fmt.Sprintf("%s; the log grew by %s/s since %s, and by %s/s at its busiest: an outage of %s can be caught up, at the busiest rate of %s",
		r, size(int64(t.average)), t.since.UTC().Format(time.RFC3339), size(int64(t.busiest)), span(room), span(busy))
	if room >= enough {
		e.ok("rotation", where, "%s", what)
		return
	}
	wanted := int(math.Ceil(t.average * (24 * time.Hour).Seconds() / float64(r.size)))
	do := fmt.Sprintf("set --audit-log-maxbackup=%d for a day, or --audit-log-maxage to more days; the agent's disk.max_bytes adds to it", wanted)
	e.warn("rotation", where, do, "%s", what)
}

func (r rotation) String() string {
	text := "backups of " + size(r.size)
	if r.backups > 0 {
		text = fmt.Sprintf("%d ", r.backups) + text
	}
	if r.days > 0 {
		text += fmt.Sprintf(", deleted after %d days", r.days)
	}
	return text
}

// span is a length of time as people read it.
func span(d time.Duration) string {
	switch {
	case d == math.MaxInt64:
		return "any length"
	case d >= 72*time.Hour:
		return fmt.Sprintf("%.0f days", d.Hours()/24)
	case d >= 3*time.Hour:
		return fmt.Sprintf("%.0f hours", d.Hours())
	case d >= 3*time.Minute:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	}
	return fmt.Sprintf("%.0f seconds", d.Seconds())
}

func size(bytes int64) string {
	for _, unit := range []struct {
		name  string
		shift int
	}{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}} {
		if bytes >= 1<<unit.shift {
			return fmt.Sprintf("%.4g %s", float64(bytes)/float64(int64(1)<<unit.shift), unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", bytes)
}

package kubeadm

import (
	"fmt"
	"strconv"
	"strings"
)

// rotation sets how many backups of which size there are. An hour of outage of all outputs must fit.
func (p *planner) rotation() {
	for _, r := range []struct {
		flag              string
		want, normal, low int
		to                *int
		why               string
	}{
		{"audit-log-maxsize", p.want.MaxSize, DefaultMaxSize, 1, &p.plan.Rotation.MaxSize,
			"MB before the log is rotated. At 0 it never is and fills the disk, which is etcd's, too; an event larger than this is never written at all"},
		{"audit-log-maxbackup", p.want.MaxBackups, DefaultMaxBackups, 1, &p.plan.Rotation.MaxBackups,
			"files kept. Without a limit (0) they fill the disk; with too few, an outage of the log store loses events: 20 of 100 MB are an hour and more at 500 KB/s, which is a busy cluster"},
		{"audit-log-maxage", p.want.MaxAge, DefaultMaxAge, 0, &p.plan.Rotation.MaxAge,
			"days before a file is deleted, however few there are; the CIS Kubernetes Benchmark asks for 30"},
	} {
		text, there := p.value(r.flag)
		number, err := strconv.ParseInt(text, 0, 32) // as pflag does: 0300 is 192
		value := int(number)
		if r.want == 0 {
			if r.want = r.normal; there && err == nil && value >= r.low {
				r.want = value
			}
		}
		*r.to = r.want
		if !there || err != nil || value != r.want {
			p.setFlag(r.flag, strconv.Itoa(r.want), r.why)
		}
	}
	p.enough()
}

// busy is what a busy cluster logs in an hour, at 500 KB/s.
const busy = 500_000 * 3600

// enough notes what the rotation that is set cannot do.
func (p *planner) enough() {
	r := p.plan.Rotation
	if r.Bytes() < busy {
		p.note(fmt.Sprintf("the log and its backups hold %d MiB, which a busy cluster fills in %d minutes: what the log store has not taken by then is lost. --max-backups %d would hold an hour",
			r.Bytes()>>20, r.Bytes()/(busy/60), busy/(r.MaxSize<<20)))
	}
	if r.MaxSize < 10 {
		p.note(fmt.Sprintf("an event of more than %d MB (--audit-log-maxsize) is never written: lists and their bodies get that large. --max-size %d avoids it", r.MaxSize, DefaultMaxSize))
	}
}

// format: "legacy" lines have no fields to read.
func (p *planner) format() {
	if value, there := p.value("audit-log-format"); there && value != "json" {
		p.setFlag("audit-log-format", "json", "the legacy format has a few words of each event and no body, user agent or annotation: nothing can be told from it")
	}
}

// beside notes what is there beside the log and stays.
func (p *planner) beside() {
	if _, there := p.value("audit-webhook-config-file"); there {
		p.note("events also go to a webhook (--audit-webhook-config-file): it stays as it is, and gets the events of the same policy")
	}
	if mode, there := p.value("audit-log-mode"); there && !strings.HasPrefix(mode, "blocking") {
		p.note("--audit-log-mode=" + mode + " keeps events in memory: those of a crash, or of more than its buffer holds, are lost. The default, blocking, loses none")
	}
	if name := p.m.server().Name; name != apiServer {
		p.note("the container is called " + strconv.Quote(name) + ", not kube-apiserver: kubeadm would not have called it so")
	}
}

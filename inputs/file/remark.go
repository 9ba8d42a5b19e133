package file

import (
	"errors"
	"io/fs"

	"github.com/auditship/auditship/agent/trust"
)

// remark tells of what is odd about a log's directory.
func (in *Input) remark(list listing) {
	var kinds [lost + 1]string
	for _, f := range list.files {
		kinds[f.kind] = f.file
	}
	if kinds[lumberjack] != "" && kinds[logrotate] != "" {
		in.notice("two_rotators", in.base(), "two programs rotate the log: kube-apiserver and logrotate; switch one of them off")
	}
	for _, err := range list.odd {
		in.notice(anomalyOf(err), in.base(), "pass over what no log file can be", "error", err)
	}
	if list.trouble != nil {
		in.notice(anomalyOf(list.trouble), in.base(), "read log", "error", list.trouble)
	}
	if list.live == nil {
		return
	}
	if list.live.info.mode&fs.ModeSymlink != 0 {
		in.notice("symlink", in.base(), "the log is a symbolic link, which is followed; its backups can't be guarded")
	}
	if mount, err := in.sys.IsMount(in.cfg.Path); err == nil && mount {
		in.notice("file_mounted", in.base(), "the log itself is mounted: it will not be seen to rotate; mount its directory instead")
	}
}

func anomalyOf(err error) string {
	switch {
	case errors.As(err, new(*notRegularError)):
		return "not_regular"
	case errors.As(err, new(*trust.Error)):
		return "untrusted"
	}
	return "unreadable"
}

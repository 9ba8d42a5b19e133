package file

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/trust"
	"github.com/auditship/auditship/outputs"
)

// planted refuses a file that somebody else may have put at the path, in a directory that everybody can write to: his own,
// to read what is shipped, or another name of a file elsewhere, to have that spoilt. Symbolic links are the disk's matter.
func (o *Output) planted(file fs.FileInfo) error {
	dir, err := o.env.Disk.Stat(o.dir)
	if err != nil || dir.Mode().Perm()&0o002 == 0 {
		return err
	}
	st, ok := file.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
	case int(st.Uid) != os.Geteuid():
		return &trust.Error{Path: o.cfg.Path, Why: "it belongs to another user, and everybody can write to its directory; remove it"}
	case st.Nlink > 1:
		return &trust.Error{Path: o.cfg.Path, Why: "it has another name, and everybody can write to its directory; remove it"}
	}
	return nil
}

// notOurs makes a fault of what only a human can take away.
func notOurs(err error) error {
	switch {
	case errors.As(err, new(*trust.Error)):
		return &outputs.Fault{Reason: "untrusted", Blocked: true, Err: err}
	case errors.As(err, new(*disk.NotRegularError)):
		return &outputs.Fault{Reason: "not_a_file", Blocked: true, Err: err}
	}
	return err
}

package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/auditship/auditship/agent/trust"
)

// checkDirectory looks who may read and change the log.
func (e *examination) checkDirectory() {
	dir := path.Dir(e.log)
	info, err := os.Stat(e.at(dir))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.fail("directory", dir, "look whether kube-apiserver runs; it makes the directory of its log", "it does not exist")
		return
	case err != nil:
		e.fail("directory", dir, "run this as root", "%v", err)
		return
	}
	switch mode := info.Mode().Perm(); {
	case mode&0o022 != 0:
		e.fail("directory", dir, "chmod 700 "+dir, "mode %04o: others can remove the log, and put another one in its place", mode)
	case mode&0o044 != 0:
		e.warn("directory", dir, "chmod 700 "+dir, "mode %04o: others can list it; kube-apiserver makes it with 0700", mode)
	default:
		e.ok("directory", dir, "mode %04o", mode)
	}
}

// silent is how long a log may be quiet: the leases of Kubernetes' own controllers are renewed every few seconds.
const silent = 10 * time.Minute

// checkLog looks whether the log can be read, and is alive.
func (e *examination) checkLog() {
	file := e.at(e.log)
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.fail("log", e.log, "look at kube-apiserver's own log, and whether it runs", "it does not exist: kube-apiserver has not written to it yet")
		return
	case err != nil:
		e.fail("log", e.log, "run this as root", "%v", err)
		return
	case !info.Mode().IsRegular():
		e.fail("log", e.log, "have kube-apiserver write to a file", "it is no file (%v)", info.Mode().Type())
		return
	}
	f, err := trust.Open(file, os.O_RDONLY, 0)
	if err != nil {
		e.fail("log", e.log, "run the agent as root, or give it CAP_DAC_READ_SEARCH", "this user (uid %d) cannot read it: %v", os.Getuid(), err)
		return
	}
	f.Close()
	switch mode := info.Mode().Perm(); {
	case mode&0o022 != 0:
		e.fail("log", e.log, "chmod 600 "+e.log, "mode %04o: others can write to it", mode)
	case mode&0o044 != 0:
		e.warn("log", e.log, "chmod 600 "+e.log, "mode %04o: others can read it, and it may hold secrets", mode)
	default:
		e.ok("log", e.log, "mode %04o, %s, and this user can read it", mode, size(info.Size()))
	}
	e.checkNewest()
}

// checkNewest holds the newest event against this machine's clock.
func (e *examination) checkNewest() {
	at, err := lastEvent(e.at(e.log))
	for _, b := range e.newestBackups() {
		if !at.IsZero() {
			break
		}
		at, err = lastEvent(e.at(b.path)) // the log was just rotated
	}
	ago := e.Now().Sub(at).Round(time.Second)
	switch {
	case err != nil:
		e.fail("newest-event", e.log, "look at the disk", "%v", err)
	case at.IsZero():
		e.warn("newest-event", e.log, "look at the policy, and whether kube-apiserver runs", "there is no whole event in the log")
	case ago < -time.Minute:
		e.warn("newest-event", e.log, "synchronize the clock", "the newest event is %v ahead of this machine's clock", -ago)
	case ago > silent:
		e.warn("newest-event", e.log, "look whether kube-apiserver runs, still writes there, and has a policy that logs anything", "the newest event is %v old: the log is silent", ago)
	default:
		e.ok("newest-event", e.log, "%v ago", ago)
	}
}

// newestBackups is the newest plain backup, if there is one.
func (e *examination) newestBackups() []backup {
	all := e.backups(rotation{})
	for i := len(all) - 1; i >= 0; i-- {
		if path.Ext(all[i].path) != ".gz" {
			return all[i : i+1]
		}
	}
	return nil
}

// probeLink is the name of a link that is there for a moment. It is none that a backup may have.
const probeLink = ".auditship-doctor"

// checkGuard makes a hard link to the log beside it, as the retention guard does, and removes it.
func (e *examination) checkGuard() {
	const do = "give it the right to: run it as root, with the directory mounted for writing (ReadWritePaths of the unit, readOnly: false of the pod)"
	dir := path.Dir(e.log)
	link := filepath.Join(e.at(dir), probeLink)
	if _, err := os.Lstat(e.at(e.log)); err != nil {
		return // told by checkLog
	}
	if info, err := os.Lstat(link); err == nil && info.Mode().IsRegular() {
		os.Remove(link) // of an earlier run that was killed
	}
	err := os.Link(e.at(e.log), link)
	if err == nil {
		err = os.Remove(link)
	}
	var problem *os.LinkError
	switch {
	case err == nil:
		e.ok("guard", dir, "unread backups can be kept by hard links, which take no room")
	case errors.As(err, &problem):
		why := problem.Err.Error()
		if errors.Is(err, unix.EPERM) {
			why += ": the log belongs to another user (fs.protected_hardlinks)"
		}
		e.warn("guard", dir, do, "hard links beside the log are impossible (%s): unread backups are copied to state_dir, which takes room and time", why)
	default:
		e.fail("guard", link, fmt.Sprintf("rm %s", filepath.Join(dir, probeLink)), "%v", err)
	}
}

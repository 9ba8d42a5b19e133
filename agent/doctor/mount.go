package doctor

import (
	"os"
	"path"
	"strconv"
)

// checkMount looks whether the log leaves the container, and whether it can be rotated there. It finds out where it is.
func (e *examination) checkMount() {
	f, there := e.server.flag("audit-log-path")
	if !there || f.Value == "" || f.Value == "-" {
		return
	}
	if e.server.manifest == nil {
		e.log = path.Clean(f.Value)
		return
	}
	seen := e.server.manifest.Locate(f.Value)
	where := e.server.name
	if seen.Line > 0 {
		where += ":" + strconv.Itoa(seen.Line)
	}
	switch {
	case !seen.Mounted:
		e.fail("mount", e.server.where(f), "mount its directory from the host: "+addAudit, "%s is in no mount: the log is in the container, and goes with it", f.Value)
		return
	case seen.Host == "":
		e.fail("mount", where, "mount a hostPath: "+addAudit, "the volume of %s is not on the host: the log goes with the pod", f.Value)
		return
	case seen.Exact:
		e.fail("mount", where, "mount the directory, not the file: "+addAudit, "the log itself is mounted: it cannot be renamed, so rotation fails, and the agent does not see its backups")
	case seen.ReadOnly:
		e.fail("mount", where, "take readOnly out", "the log's directory is mounted read-only: kube-apiserver cannot write")
	default:
		e.ok("mount", where, "the directory %s of the host", path.Dir(seen.Host))
	}
	if info, err := os.Stat(e.at(seen.Host)); err == nil && info.IsDir() {
		e.fail("mount", e.say("%s", []any{seen.Host}), "remove the directory, and mount its parent: "+addAudit, "there is a directory where the log should be, as kubelet makes it for a hostPath that names a missing file")
		return
	}
	e.log = seen.Host
}

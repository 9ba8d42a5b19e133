package doctor

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// units are where the service may be described, and what is added to it (systemd.unit(5)).
var units = []string{"/lib/systemd/system/auditship.service", "/usr/lib/systemd/system/auditship.service", "/etc/systemd/system/auditship.service",
	"/etc/systemd/system/auditship.service.d/*.conf"}

// checkUnit looks whether the service can write where the agent needs it: the whole file system is read-only for it, but for what the
// unit names.
func (e *examination) checkUnit() {
	strict, writable := false, []string{"/var/lib/auditship", "/var/log/auditship", "/run/auditship"}
	for _, pattern := range units {
		files, _ := filepath.Glob(e.at(pattern))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				continue
			}
			strict = strict || slices.Contains(strings.Split(string(text), "\n"), "ProtectSystem=strict")
			for line := range strings.Lines(string(text)) {
				if value, ok := strings.CutPrefix(strings.TrimSpace(line), "ReadWritePaths="); ok {
					writable = append(writable, strings.Fields(value)...)
				}
			}
		}
	}
	if !strict {
		return
	}
	before := len(e.results)
	written := e.written()
	for _, key := range slices.Sorted(maps.Keys(written)) {
		dir := written[key]
		if !slices.ContainsFunc(writable, func(root string) bool { return below(strings.TrimLeft(root, "-+"), dir) }) {
			do := "systemctl edit auditship, and add: [Service] ReadWritePaths=" + dir
			if key == "log" {
				e.warn("unit", dir, do, "the service cannot write beside the log: unread backups are copied, and not linked")
			} else {
				e.fail("unit", dir, do, "the service cannot write there, and %s needs it", key)
			}
		}
	}
	if len(e.results) == before {
		e.ok("unit", "auditship.service", "it may write where the agent needs to")
	}
}

// written are the directories that the agent writes to, by what for.
func (e *examination) written() map[string]string {
	all := map[string]string{"state_dir": e.cfg.StateDir, "admin": path.Dir(strings.TrimPrefix(e.cfg.Admin, "unix://"))}
	if e.log != "" {
		all["log"] = path.Dir(e.log)
	}
	for _, out := range e.cfg.Outputs {
		if out.File != nil && out.File.Path != "-" {
			all["outputs["+out.Name+"]"] = path.Dir(out.File.Path)
		}
	}
	return all
}

func below(root, dir string) bool {
	return dir == root || strings.HasPrefix(dir, strings.TrimSuffix(root, "/")+"/")
}

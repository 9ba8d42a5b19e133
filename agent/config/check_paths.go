package config

import (
	"fmt"
	"path/filepath"
	"strings"

	logfile "github.com/auditship/auditship/inputs/file"
)

// place is a file that the configuration names, and where it does so.
type place struct{ path, file string }

// checkPaths keeps what the agent writes apart from what it reads: an output in the input's place would ship itself for ever.
func (d *document) checkPaths(c *Config) {
	logs := d.inputPlaces(c)
	outputs := d.outputPlaces(c)
	for _, out := range outputs {
		for _, log := range logs {
			if ofLog(out.file, log.file) {
				d.report(out.path, fmt.Sprintf("%q is the log of %s, or passes for a backup of it; choose another directory or name", out.file, log.path))
			}
		}
	}
	if filepath.IsAbs(c.StateDir) {
		for _, p := range append(logs, outputs...) {
			if inside(p.file, c.StateDir) {
				d.report(p.path, fmt.Sprintf("%q is inside state_dir, which is the agent's own; choose another directory", p.file))
			}
		}
	}
}

func (d *document) inputPlaces(c *Config) []place {
	var places []place
	for i, in := range c.Inputs {
		if in.File != nil {
			places = d.addPlace(places, place{fmt.Sprintf("inputs[%d].file.path", i), in.File.Path})
		}
	}
	return places
}

func (d *document) outputPlaces(c *Config) []place {
	var places []place
	for i, out := range c.Outputs {
		if out.File != nil {
			places = d.addPlace(places, place{fmt.Sprintf("outputs[%d].file.path", i), out.File.Path})
		}
	}
	return places
}

// addPlace adds a file that no other has; "-" is one too.
func (d *document) addPlace(places []place, p place) []place {
	if !filepath.IsAbs(p.file) && p.file != "-" {
		if !d.has(p.path) {
			d.checkAbsolute(p.path, p.file)
		}
		return places
	}
	if strings.HasSuffix(p.file, "/") {
		d.report(p.path, fmt.Sprintf("%q is a directory; name the file in it", p.file))
	}
	p.file = filepath.Clean(p.file)
	for _, other := range places {
		if other.file == p.file {
			d.report(p.path, fmt.Sprintf("%q is %s too; each needs a file of its own", p.file, other.path))
			return places
		}
	}
	return append(places, p)
}

// ofLog tells whether a file is the log, has a name that a rotation could make of it (audit-….log, audit.log.1,
// audit.log-20060102), or is in the directory where its backups are guarded.
func ofLog(file, log string) bool {
	dir, base := filepath.Split(log)
	if inside(file, filepath.Join(dir, ".auditship")) {
		return true
	}
	other, found := strings.CutPrefix(file, dir)
	if !found || strings.Contains(other, "/") {
		return false
	}
	stem := strings.TrimSuffix(base, filepath.Ext(base))
	return other == base || strings.HasPrefix(other, base+".") || strings.HasPrefix(other, base+"-") || strings.HasPrefix(other, stem+"-") || logfile.IsBackup(base, other)
}

func inside(file, dir string) bool {
	relative, err := filepath.Rel(dir, file)
	return err == nil && relative != ".." && !strings.HasPrefix(relative, "../")
}

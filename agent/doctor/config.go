package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/auditship/auditship/agent/config"
)

// checkConfig reads the agent's configuration as `auditship validate` does.
func (e *examination) checkConfig() {
	_, err := os.Stat(e.at(e.Config))
	if errors.Is(err, fs.ErrNotExist) && !e.Explicit {
		e.warn("configuration", e.Config, "name it with -c", "there is none: what the agent would do is not examined")
		return
	}
	cfg, err := config.Load(e.at(e.Config))
	var wrong *config.Error
	switch {
	case errors.As(err, &wrong):
		for _, line := range wrong.Lines() {
			where, what, _ := strings.Cut(e.say("%s", []any{line}), ": ")
			e.fail("configuration", where, "mend it; until then the agent does not start", "%s", what)
		}
	case err != nil:
		e.fail("configuration", e.Config, "", "%v", err)
	default:
		e.cfg = cfg
		e.ok("configuration", e.Config, "%d inputs, %d outputs", len(cfg.Inputs), len(cfg.Outputs))
		for _, warning := range cfg.Warnings {
			where, what, _ := strings.Cut(e.say("%s", []any{warning}), ": ")
			e.warn("configuration", where, "", "%s", what)
		}
	}
}

// checkInput holds what the agent reads against what kube-apiserver writes.
func (e *examination) checkInput() {
	if e.cfg == nil {
		return
	}
	var read []string
	for i := range e.cfg.Inputs {
		if in := &e.cfg.Inputs[i]; in.File != nil {
			read = append(read, in.File.Path)
			if path.Clean(in.File.Path) == path.Clean(e.log) {
				e.ok("input", "inputs["+in.Name+"]", "it reads %s, which kube-apiserver writes", in.File.Path)
				return
			}
		}
	}
	switch {
	case len(read) == 0:
	case e.log == "":
		e.log = path.Clean(read[0])
	default:
		e.fail("input", e.Config, "set the path of the input to "+e.log, "kube-apiserver writes %s, and the agent reads %s", e.log, strings.Join(read, ", "))
	}
}

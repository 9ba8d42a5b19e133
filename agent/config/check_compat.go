package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/compat"
)

// checkCompat looks at the shape that the events of an output have.
func (d *document) checkCompat(path string, o *Output) {
	d.checkOneOf(path+".format", string(o.Format), string(Native), string(ECS))
	switch {
	case o.Compat == "" && len(o.Fields) > 0:
		d.report(path+".fields", "is for compat alone; other events have the auditship object, and it is closed")
		return
	case o.Compat == "":
		return
	case !slices.Contains(compat.Agents, o.Compat):
		d.report(path+".compat", fmt.Sprintf("%q is not known; it can be %s, or left out", o.Compat, strings.Join(compat.Agents, ", ")))
	case o.Format == ECS:
		d.report(path+".compat", "is another shape than format: ecs; keep one of them")
	}
	compat.Validate(o.Fields, func(name, problem string) {
		at := path + ".fields"
		if name != "" {
			at = join(at, show(name))
		}
		d.report(at, problem)
	})
}

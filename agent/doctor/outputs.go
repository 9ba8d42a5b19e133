package doctor

import (
	"context"
	"strings"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/outputs"
)

// checkOutputs asks each destination whether it would take events from us, writing none.
func (e *examination) checkOutputs(ctx context.Context) {
	if e.Probe == nil {
		return
	}
	for i := range e.cfg.Outputs {
		e.checkOutput(ctx, &e.cfg.Outputs[i])
	}
}

func (e *examination) checkOutput(ctx context.Context, out *config.Output) {
	where := "outputs[" + out.Name + "]." + out.Kind()
	probe, asked, err := e.Probe(ctx, e.cfg, out)
	switch {
	case err != nil:
		e.fail("output", where, remedy(outputs.FaultOf(err)), "%v", err)
	case !asked:
		e.ok("output", where, "it cannot be asked without writing to it")
	default:
		for _, doubt := range probe.Doubts {
			what, do, _ := strings.Cut(doubt, ": ")
			e.warn("output", where, do, "%s", what)
		}
		if len(probe.Found) > 0 {
			e.ok("output", where, "%s", strings.Join(probe.Found, ", "))
		}
	}
}

// remedy is what to do about a fault that does not say it.
func remedy(f *outputs.Fault) string {
	switch f.Reason {
	case "unreachable", "timeout", "timed_out":
		return "look at address, port, firewall and name service: the agent tries again for ever, and the log waits on this disk"
	case "certificate":
		return "look at tls.ca_file, and at the name in the server's certificate (tls.server_name)"
	case "credentials":
		return "make the file readable for the agent's user"
	case "unauthorized", "forbidden", "login_refused", "not_authorized":
		return "look at user, password or key, and at the rights that docs/operations.md names"
	case "topic_missing", "index_missing":
		return "create it, or let the user see it"
	case "disk_full":
		return "make room, or lower disk.min_free"
	case "permission_denied":
		return "run the agent as a user that may write there, and name the directory in ReadWritePaths of its unit"
	}
	return "mend it at the destination"
}

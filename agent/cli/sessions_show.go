package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/session"
	"github.com/auditship/auditship/agent/terminal"
)

func printSessionJSON(to io.Writer, r *session.Record) error {
	return json.NewEncoder(terminal.JSON(to)).Encode(r)
}

func printSession(to io.Writer, r *session.Record) error {
	duration := "-"
	if r.Duration != nil {
		duration = time.Duration(*r.Duration * float64(time.Millisecond)).Round(time.Millisecond).String()
	}
	outcome := r.Outcome
	if r.Attempts > 1 {
		outcome += fmt.Sprintf(" (%d attempts)", r.Attempts)
	}
	text := fmt.Sprintf("%s  %9s  %-9s  %-12s  %s  %s  %s  %s", r.Start.UTC().Format(time.RFC3339), duration, outcome, r.Kind,
		party(r), place(r), client(r), address(r))
	if len(r.Argv) > 0 {
		text += "  " + enrich.Command(r.Argv)
	}
	return printLine(to, text)
}

// party is who it was, and whom they became.
func party(r *session.Record) string {
	text := name(&r.Actor)
	if r.Effective != nil {
		text += " as " + name(r.Effective)
	}
	return text
}

func name(p *session.Party) string {
	user := p.Name
	if p.Namespace != "" {
		user = p.Namespace + ":" + p.Name
	}
	switch {
	case p.Person != "" && p.Person != user:
		return p.Person + " (" + user + ")"
	case user == "":
		return p.Kind
	}
	return user
}

func place(r *session.Record) string {
	parts := []string{r.Namespace, r.Pod}
	if r.Container != "" {
		parts = append(parts, r.Container)
	}
	return strings.Join(parts, "/")
}

func client(r *session.Record) string {
	if r.Client == "" {
		return "-"
	}
	return strings.TrimSuffix(r.Client+"/"+r.Version, "/")
}

func address(r *session.Record) string {
	switch {
	case r.SourceIP == "":
		return "-"
	case r.Network != "":
		return r.SourceIP + " (" + r.Network + ")"
	}
	return r.SourceIP
}

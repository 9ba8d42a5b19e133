package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent"
	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/agent/terminal"
)

func newStatus() *cobra.Command {
	command := &cobra.Command{
		Use:   "status -c FILE",
		Short: "Show ledger, lag, gaps and dead letters of each pipeline",
		Long: `Asks the running agent through its admin socket; if none answers, reads the state directory and looks how much of the
log waits. In the ledger, read = delivered + filtered + dead-lettered + in flight.`,
		Args: cobra.NoArgs,
	}
	path := configFlag(command)
	asJSON := command.Flags().Bool("json", false, "print JSON")
	command.RunE = func(command *cobra.Command, _ []string) error {
		cfg, err := config.Load(*path)
		if err != nil {
			return err
		}
		all, err := askAgent(command.Context(), strings.TrimPrefix(cfg.Admin, "unix://"))
		if err != nil {
			fmt.Fprintln(command.ErrOrStderr(), terminal.Escape("no running agent answers ("+err.Error()+"); from the state directory and the log:"))
			all, err = agent.Stopped(command.Context(), cfg, damageLogger(command.ErrOrStderr()))
		}
		if *asJSON {
			return errors.Join(err, status.Write(terminal.JSON(command.OutOrStdout()), all))
		}
		return errors.Join(err, printStatus(command.OutOrStdout(), all))
	}
	return command
}

func askAgent(ctx context.Context, socket string) ([]status.Pipeline, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	transport := &http.Transport{DialContext: dial, DisableKeepAlives: true}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://agent/status", nil)
	if err != nil {
		return nil, err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return nil, errors.Unwrap(err) // without the URL, which says nothing
	}
	defer response.Body.Close()
	return status.Read(response.Body)
}

func printStatus(to io.Writer, all []status.Pipeline) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "pipeline\tread\tdelivered\tfiltered\tdead-lettered\tin flight\tduplicates\tgaps\tlag\tuntil loss\tcommitted\tstate\t")
	for _, p := range all {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t\n", terminal.Escape(p.Input+"/"+p.Output),
			p.Read, p.Delivered, p.Filtered, p.DeadLettered, p.InFlight, p.Duplicate, p.Gaps, lag(p), untilLoss(p), ago(p.Committed), state(p))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	printServers(to, all)
	if err := printLoads(to, all); err != nil {
		return err
	}
	for _, p := range all {
		if err := printDetails(to, p); err != nil {
			return err
		}
	}
	return nil
}

func printDetails(to io.Writer, p status.Pipeline) error {
	lines := []string{}
	if p.Blocked == checkpoint.Damaged {
		lines = append(lines, fmt.Sprintf("stands still: %s/%s: stop the agent, and use `auditship checkpoint set` or `skip`", p.Input, p.Output))
	}
	if p.Letters.Letters > 0 {
		lines = append(lines, fmt.Sprintf("dead letters: %s/%s: %d, %s", p.Input, p.Output, p.Letters.Letters, size(p.Letters.Bytes)))
	}
	if p.Replaying.Letters > 0 {
		lines = append(lines, fmt.Sprintf("dead letters: %s/%s: %d, %s, in a replay that is not finished", p.Input, p.Output, p.Replaying.Letters, size(p.Replaying.Bytes)))
	}
	for _, g := range p.RecentGaps {
		lines = append(lines, fmt.Sprintf("gap: %s/%s: noticed %s: %s, bytes %s to %s, events of %s to %s: %s", p.Input, p.Output,
			moment(g.Noticed), g.File, offset(g.From), offset(g.To), moment(g.First), moment(g.Last), g.Reason))
	}
	for _, line := range lines {
		if err := printLine(to, line); err != nil {
			return err
		}
	}
	return nil
}

func offset(at int64) string {
	if at < 0 {
		return "?"
	}
	return strconv.FormatInt(at, 10)
}

func lag(p status.Pipeline) string {
	if p.LagBytes == nil || p.LagSeconds == nil {
		return "?"
	}
	return size(*p.LagBytes) + ", " + span(*p.LagSeconds)
}

func untilLoss(p status.Pipeline) string {
	if p.SecondsUntilLoss == nil {
		return "-"
	}
	return span(*p.SecondsUntilLoss)
}

// span is a length of time as people read it.
func span(seconds float64) string {
	for _, unit := range []struct {
		name    string
		seconds float64
	}{{"d", 24 * 3600}, {"h", 3600}, {"min", 60}} {
		if seconds >= 3*unit.seconds {
			return fmt.Sprintf("%.0f %s", seconds/unit.seconds, unit.name)
		}
	}
	return fmt.Sprintf("%.0f s", seconds)
}

func ago(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return time.Since(t).Round(time.Second).String() + " ago"
}

func state(p status.Pipeline) string {
	switch {
	case !p.Running && p.Blocked != "":
		return "not running, " + p.Blocked
	case !p.Running:
		return "not running"
	case p.Blocked != "":
		return terminal.Escape("failing: " + p.Blocked)
	}
	return "ok"
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	return t.UTC().Format(time.RFC3339)
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/agent/terminal"
)

func newStatus() *cobra.Command {
	command := &cobra.Command{
		Use:   "status -c FILE",
		Short: "Show the ledger, lag and gaps of each pipeline",
		Long: `Asks the running agent through its admin socket; if none runs, reads the checkpoints in the state directory. In the
ledger, read = delivered + filtered + dead-lettered + in flight.`,
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
			fmt.Fprintln(command.ErrOrStderr(), terminal.Escape("no running agent answers ("+err.Error()+"); from the checkpoints:"))
			all, err = stored(cfg.StateDir)
		}
		if *asJSON {
			return errors.Join(err, status.Write(command.OutOrStdout(), all))
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
		return nil, err
	}
	defer response.Body.Close()
	return status.Read(response.Body)
}

func stored(stateDir string) (all []status.Pipeline, err error) {
	checkpoints, err := status.Stored(disk.OS{}, stateDir, slog.New(slog.DiscardHandler))
	for _, name := range slices.Sorted(maps.Keys(checkpoints)) {
		all = append(all, status.FromCheckpoint(checkpoints[name]))
	}
	return all, err
}

func printStatus(to io.Writer, all []status.Pipeline) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "pipeline\tread\tdelivered\tfiltered\tdead letters\tin flight\tduplicates\tgaps\tlag\tuntil loss\tcommitted\tstate\t")
	for _, p := range all {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t\n", terminal.Escape(p.Input+"/"+p.Output),
			p.Read, p.Delivered, p.Filtered, p.DeadLettered, p.InFlight, p.Duplicate, p.Gaps, lag(p), untilLoss(p), ago(p.Committed), state(p))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	printServers(to, all)
	for _, p := range all {
		for _, g := range p.RecentGaps {
			fmt.Fprintln(to, terminal.Escape(fmt.Sprintf("gap: %s/%s: %s, bytes %d to %d, %s to %s: %s", p.Input, p.Output, g.File, g.From, g.To, moment(g.First), moment(g.Last), g.Reason)))
		}
	}
	return nil
}

func lag(p status.Pipeline) string {
	if p.LagBytes == nil {
		return "?"
	}
	return fmt.Sprintf("%.1f MiB, %.0f s", float64(*p.LagBytes)/(1<<20), *p.LagSeconds)
}

func untilLoss(p status.Pipeline) string {
	if p.SecondsUntilLoss == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f s", *p.SecondsUntilLoss)
}

func ago(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return time.Since(t).Round(time.Second).String() + " ago"
}

func state(p status.Pipeline) string {
	switch {
	case p.LagBytes == nil:
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

package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/agent/terminal"
)

func newDeadLetters() *cobra.Command {
	command := &cobra.Command{
		Use:   "dead-letters",
		Short: "Look at the records that were set aside",
		Long: `Records that are no audit events, and events that an output refuses for good, are kept in the state directory with the
reason. Records hold request bodies: show prints what people sent, passwords included.`,
	}
	command.AddCommand(newDeadLettersList(), newDeadLettersShow())
	return command
}

func newDeadLettersList() *cobra.Command {
	command := &cobra.Command{Use: "list -c FILE", Short: "List them: pipeline, time, ID, size and reason", Args: cobra.NoArgs}
	path := configFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		return eachLetter(*path, func(pipeline string, l deadletter.Letter) error {
			_, err := fmt.Fprintf(command.OutOrStdout(), "%s  %s  %s  %8d bytes  %s\n", terminal.Escape(pipeline), l.Time.UTC().Format(time.RFC3339), l.ID(), len(l.Record), terminal.Escape(l.Reason))
			return err
		})
	}
	return command
}

func newDeadLettersShow() *cobra.Command {
	command := &cobra.Command{Use: "show -c FILE ID", Short: "Print the record with an ID, as it was read", Args: cobra.ExactArgs(1)}
	path := configFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		err := eachLetter(*path, func(_ string, l deadletter.Letter) error {
			if l.ID().String() != args[0] {
				return nil
			}
			if err := printRecord(command.OutOrStdout(), l.Record); err != nil {
				return err
			}
			return errFound
		})
		switch {
		case errors.Is(err, errFound):
			return nil
		case err == nil:
			return errors.New("no dead letter has the ID " + args[0])
		}
		return err
	}
	return command
}

var errFound = errors.New("found")

// printRecord prints the very bytes, unless a terminal would obey them.
func printRecord(to io.Writer, record []byte) error {
	if terminal.IsTerminal(to) {
		record = terminal.AppendEscaped(nil, record)
	}
	_, err := fmt.Fprintf(to, "%s\n", record)
	return err
}

// eachLetter walks over the dead letters of all pipelines that have state.
func eachLetter(path string, see func(pipeline string, l deadletter.Letter) error) error {
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	checkpoints, err := status.Stored(disk.OS{}, cfg.StateDir, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(checkpoints)) {
		c := checkpoints[name]
		var stopped error
		err := deadletter.Read(disk.OS{}, status.DeadLetters(cfg.StateDir, name), func(l deadletter.Letter) bool {
			stopped = see(c.Input+"/"+c.Output, l)
			return stopped == nil
		})
		if err := errors.Join(err, stopped); err != nil {
			return err
		}
	}
	return nil
}

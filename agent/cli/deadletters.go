package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/replay"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/agent/terminal"
)

func newDeadLetters() *cobra.Command {
	command := &cobra.Command{
		Use:   "dead-letters",
		Short: "Look at the records that were set aside, send them again or remove them",
		Long: `Records that are no audit events, and events that an output refuses for good, are kept in the state directory with the
reason. Records hold request bodies: show prints what people sent, passwords included. To send letters again or to remove them,
the agent must be stopped: the state directory is locked while it runs.`,
	}
	command.AddCommand(newDeadLettersList(), newDeadLettersShow(), newDeadLettersReplay(), newDeadLettersDrop())
	return command
}

func newDeadLettersList() *cobra.Command {
	command := &cobra.Command{
		Use:   "list -c FILE",
		Short: "List them: pipeline, time, ID, size and reason",
		Long:  `Lists the dead letters by pipeline, each in the order in which they were set aside, without what is in them.`,
		Args:  cobra.NoArgs,
	}
	path, pipeline := configFlag(command), pipelineFlag(command)
	asJSON := command.Flags().Bool("json", false, "print one JSON object per line")
	command.RunE = func(command *cobra.Command, _ []string) error {
		print := printLetter
		if *asJSON {
			print = printLetterJSON
		}
		return eachLetter(*path, *pipeline, func(l pipelineLetter) error { return print(command.OutOrStdout(), l) })
	}
	return command
}

func pipelineFlag(command *cobra.Command) *string {
	name := command.Flags().String("pipeline", "", "only those of this pipeline, `INPUT/OUTPUT`")
	completeFlag(command, "pipeline", pipelineValues)
	return name
}

func printLetter(to io.Writer, l pipelineLetter) error {
	text := fmt.Sprintf("%s  %s  %s  %8d bytes  %s", l.pipeline, l.Time.UTC().Format(time.RFC3339), l.ID(), len(l.Record), l.Reason)
	if l.replaying {
		text += "  (in a replay that is not finished)"
	}
	return printLine(to, text)
}

func printLetterJSON(to io.Writer, l pipelineLetter) error {
	return json.NewEncoder(terminal.JSON(to)).Encode(struct {
		Pipeline  string    `json:"pipeline"`
		Time      time.Time `json:"time"`
		ID        string    `json:"id"`
		Bytes     int       `json:"bytes"`
		Reason    string    `json:"reason"`
		Replaying bool      `json:"replaying"` // a replay has taken it, and is not finished
	}{l.pipeline, l.Time.UTC(), l.ID().String(), len(l.Record), l.Reason, l.replaying})
}

func newDeadLettersShow() *cobra.Command {
	command := &cobra.Command{Use: "show -c FILE ID", Short: "Print the record with an ID, as it was read", Args: cobra.ExactArgs(1)}
	path, pipeline := configFlag(command), pipelineFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		err := eachLetter(*path, *pipeline, func(l pipelineLetter) error {
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

// pipelineLetter is a dead letter and whose it is.
type pipelineLetter struct {
	deadletter.Letter
	pipeline  string // INPUT/OUTPUT
	replaying bool   // a replay has taken it, and is not finished
}

// eachLetter walks over the dead letters of all pipelines that have state, or of one.
func eachLetter(path, pipeline string, see func(pipelineLetter) error) error {
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	places, err := status.Places(disk.OS{}, cfg.StateDir, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	for _, place := range places {
		if pipeline != "" && pipeline != place.Name && pipeline != place.Dir {
			continue
		}
		file := status.DeadLetters(cfg.StateDir, place.Dir)
		var stopped error
		for i, file := range []string{file, replay.Letters(filepath.Dir(file))} {
			err := deadletter.Read(disk.OS{}, file, func(l deadletter.Letter) bool {
				stopped = see(pipelineLetter{l, place.Name, i > 0})
				return stopped == nil
			})
			if err := errors.Join(err, stopped); err != nil {
				return err
			}
		}
	}
	return nil
}

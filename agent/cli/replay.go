package cli

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/event"
)

func newDeadLettersReplay() *cobra.Command {
	command := &cobra.Command{
		Use:   "replay -c FILE [ID…]",
		Short: "Send them again, with the rules and outputs of today",
		Long: `Sends the dead letters with these IDs, or all that are audit events, through the rules as they are now to the output as it
is configured now, and returns when they are acknowledged. What is refused again stays a dead letter; what is delivered or filtered
moves in the ledger. It may be stopped at any time, or crash: the next replay begins with what is left of this one, and no event
that was delivered shows twice.`,
	}
	path, pipeline := configFlag(command), pipelineFlag(command)
	var ids []event.ID
	command.Args = func(_ *cobra.Command, args []string) (err error) {
		ids, err = parseIDs(args)
		return err
	}
	command.RunE = func(command *cobra.Command, _ []string) error {
		cfg, err := config.Load(*path)
		if err != nil {
			return err
		}
		ctx, stop := untilStopped(command.Context())
		defer stop()
		done, err := agent.Replay(ctx, cfg, newLogger(command.ErrOrStderr(), cfg.Log), agent.Letters{Pipeline: *pipeline, IDs: ids})
		for _, d := range done {
			err = errors.Join(err, printLine(command.OutOrStdout(), told(d)))
		}
		if err == nil && len(done) == 0 {
			return printLine(command.OutOrStdout(), "there are no dead letters")
		}
		return err
	}
	return command
}

// told tells what became of the letters of a pipeline.
func told(d agent.Replayed) string {
	if d.Read+d.Gaps == 0 {
		return fmt.Sprintf("%s: nothing to send; %d are no audit events and stay", d.Pipeline, d.Unfit)
	}
	text := fmt.Sprintf("%s: %d sent again: %d delivered", d.Pipeline, d.Read, d.Delivered)
	if d.Duplicate > 0 {
		text += fmt.Sprintf(" (%d of them were there already)", d.Duplicate)
	}
	text += fmt.Sprintf(", %d filtered, %d refused again", d.Filtered, d.DeadLettered)
	if d.Gaps > 0 {
		text += fmt.Sprintf("; %d could not be read any more and are lost", d.Gaps)
	}
	if d.Unfit > 0 {
		text += fmt.Sprintf("; %d are no audit events and stay", d.Unfit)
	}
	return text
}

func parseIDs(texts []string) (ids []event.ID, err error) {
	for _, text := range texts {
		id, err := hex.DecodeString(text)
		if err != nil || len(id) != len(event.ID{}) {
			return nil, fmt.Errorf("%q is no ID: want %d hexadecimal digits", text, 2*len(event.ID{}))
		}
		ids = append(ids, event.ID(id))
	}
	return ids, nil
}

package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/event"
)

func newDeadLettersDrop() *cobra.Command {
	command := &cobra.Command{
		Use:   "drop -c FILE (ID… | --all)",
		Short: "Remove them for good",
		Long: `Removes the dead letters with these IDs, or all of them. The ledger goes on counting them as dead-lettered: that is what
became of them.`,
	}
	path, pipeline := configFlag(command), pipelineFlag(command)
	all := command.Flags().Bool("all", false, "remove all of them")
	var ids []event.ID
	command.Args = func(_ *cobra.Command, args []string) (err error) {
		if *all == (len(args) > 0) {
			return errors.New("name the IDs of the letters to remove, or give --all")
		}
		ids, err = parseIDs(args)
		return err
	}
	command.RunE = func(command *cobra.Command, _ []string) error {
		cfg, err := config.Load(*path)
		if err != nil {
			return err
		}
		dropped, err := agent.Drop(command.Context(), cfg, newLogger(command.ErrOrStderr(), cfg.Log), agent.Letters{Pipeline: *pipeline, IDs: ids})
		for _, d := range dropped {
			err = errors.Join(err, printLine(command.OutOrStdout(), fmt.Sprintf("%s: %d dropped", d.Pipeline, d.Letters)))
		}
		if err == nil && len(dropped) == 0 {
			return printLine(command.OutOrStdout(), "there are no dead letters")
		}
		return err
	}
	return command
}

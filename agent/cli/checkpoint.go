package cli

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/agent/terminal"
)

func newCheckpoint() *cobra.Command {
	command := &cobra.Command{
		Use:   "checkpoint",
		Short: "Look at the positions of the pipelines, and move them",
		Long:  `A pipeline is named INPUT/OUTPUT. To move one, the agent must be stopped: the state directory is locked while it runs.`,
	}
	command.AddCommand(newCheckpointShow(), newCheckpointSet(), newCheckpointSkip())
	return command
}

func newCheckpointShow() *cobra.Command {
	command := &cobra.Command{
		Use:   "show -c FILE",
		Short: "Print the checkpoints as JSON",
		Long: `Prints the newest checkpoint of each pipeline. Its cursor names each file of the log by the SHA-256 of its first line,
with the offset in uncompressed bytes up to which it is done. What is printed can be put back with set.`,
		Args: cobra.NoArgs,
	}
	path := configFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		cfg, err := config.Load(*path)
		if err != nil {
			return err
		}
		checkpoints, err := status.Stored(disk.OS{}, cfg.StateDir, damageLogger(command.ErrOrStderr()))
		encoder := json.NewEncoder(terminal.JSON(command.OutOrStdout()))
		encoder.SetIndent("", " ")
		return errors.Join(err, encoder.Encode(checkpoints))
	}
	return command
}

// damageLogger tells what is wrong with the state, and nothing else.
func damageLogger(to io.Writer) *slog.Logger {
	return newLogger(to, config.Log{Level: "error", Format: "text"})
}

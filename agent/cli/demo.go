package cli

import (
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/demo"
	"github.com/auditship/auditship/agent/terminal"
)

func newDemo() *cobra.Command {
	command := &cobra.Command{
		Use:   "demo",
		Short: "Show it on a recorded log, without any server",
		Long: `Plays a recorded audit log into a rotating audit.log in a temporary directory, runs the agent on it with a file as its
output, and tells in plain words what arrives there. Nothing outside that directory is touched.`,
		Args: cobra.NoArgs,
	}
	lasts := command.Flags().Duration("for", 8*time.Second, "how long the log plays")
	command.RunE = func(command *cobra.Command, _ []string) error {
		ctx, stop := signal.NotifyContext(command.Context(), syscall.SIGTERM, syscall.SIGINT)
		defer stop()
		out := command.OutOrStdout()
		return demo.Run(ctx, demo.Options{Out: out, Color: terminal.IsTerminal(out), Lasts: *lasts})
	}
	return command
}

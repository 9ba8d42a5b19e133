package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/terminal"
)

func newValidate() *cobra.Command {
	command := &cobra.Command{
		Use:   "validate -c FILE",
		Short: "Check a configuration and tell all that is wrong with it at once",
		Long: `Check a configuration and tell all that is wrong with it at once, each as

  FILE:LINE: KEY: what is wrong; what to do

It reads the file, the policies and identities that it names and the environment variables that it uses; where
the path of a log has a * in it, it looks which directories match. No log is opened and no server is asked.`,
		Args: cobra.NoArgs,
	}
	path := configFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		c, err := config.Load(*path)
		if err != nil {
			return err
		}
		for _, warning := range c.Warnings {
			fmt.Fprintln(command.ErrOrStderr(), "warning:", terminal.Escape(warning))
		}
		return summarize(command.OutOrStdout(), *path, c)
	}
	return command
}

// summarize prints what the configuration amounts to. Addresses are left out: they may hold passwords.
func summarize(w io.Writer, path string, c *config.Config) error {
	text := fmt.Sprintf("%s: ok\n", terminal.Escape(path))
	text += fmt.Sprintf("node %s, state in %s, metrics on %s\n", terminal.Escape(c.Node), terminal.Escape(c.StateDir), terminal.Escape(c.Listen))
	for _, p := range c.Pipelines() {
		text += fmt.Sprintf("pipeline %s: %s to %s, cluster %s, from the %s\n", p.Name, p.Input.Kind(), p.Output.Kind(), terminal.Escape(p.Cluster), p.Start)
	}
	_, err := io.WriteString(w, text)
	return err
}

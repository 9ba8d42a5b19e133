package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/elasticsearch"
)

func newSetup() *cobra.Command {
	command := &cobra.Command{
		Use:   "setup -c FILE",
		Short: "Install index templates",
		Long: `Installs the index template of each Elasticsearch output. That needs the right to manage index templates, which the
running agent should not have: give this command a configuration of its own, with other credentials. Of that it
needs outputs alone. It may be run again at any time; indices that exist keep their mapping until they roll over.`,
		Args: cobra.NoArgs,
	}
	path := configFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		cfg, err := config.LoadOutputs(*path)
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(command.Context(), syscall.SIGTERM, syscall.SIGINT)
		defer stop()
		done := 0
		for _, out := range cfg.Outputs {
			if out.Elasticsearch == nil {
				continue
			}
			done++
			if out.Compat != "" {
				fmt.Fprintf(command.OutOrStdout(), "Output %s has compat: %s: the templates that its indices have stay as they are.\n", out.Name, out.Compat)
				continue
			}
			env := outputs.Env{Log: slog.New(slog.DiscardHandler), Cluster: cfg.Cluster, Node: cfg.Node, Timeout: out.Timeout}
			if err := elasticsearch.Setup(ctx, *out.Elasticsearch, env, command.OutOrStdout()); err != nil {
				return fmt.Errorf("set up output %s: %w", out.Name, err)
			}
		}
		if done == 0 {
			return unusableError{errors.New("nothing to set up: the configuration has no elasticsearch output")}
		}
		return nil
	}
	return command
}

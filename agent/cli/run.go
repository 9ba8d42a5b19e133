package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/terminal"
)

func newRun() *cobra.Command {
	command := &cobra.Command{
		Use:   "run -c FILE",
		Short: "Ship until told to stop",
		Long: `Ships what the configuration says, from where the last run ended. SIGTERM and SIGINT stop it: it delivers what it has
read, as far as shutdown_timeout allows, notes how far it came, and exits with 0; what is left comes next time.`,
		Args: cobra.NoArgs,
	}
	path := configFlag(command)
	once := command.Flags().Bool("once", false, "ship everything up to the present end of the log, wait for the acknowledgements, and exit")
	command.RunE = func(command *cobra.Command, _ []string) error {
		cfg, err := config.Load(*path)
		if err != nil {
			return err
		}
		log := newLogger(command.ErrOrStderr(), cfg.Log)
		for _, warning := range cfg.Warnings {
			log.Warn(warning)
		}
		ctx, stop := untilStopped(command.Context())
		defer stop()
		return agent.Run(ctx, cfg, agent.Options{Once: *once, Log: log, Version: version})
	}
	return command
}

func newLogger(to io.Writer, cfg config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		panic(fmt.Sprintf("log level %q passed the checks: %v", cfg.Level, err))
	}
	options := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(terminal.JSON(to), options))
	}
	return slog.New(slog.NewTextHandler(terminal.Lines(to), options))
}

// untilStopped is a context that a signal ends. A second one ends the process at once. A closed standard output or error stream
// does not: it is the trouble of one output, and no other pipeline's.
func untilStopped(ctx context.Context) (context.Context, func()) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

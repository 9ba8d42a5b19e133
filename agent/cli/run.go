package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/terminal"
)

func newRun() *cobra.Command {
	command := &cobra.Command{
		Use:   "run [-c FILE]",
		Short: "Ship until told to stop",
		Long: `Ships what the configuration says, from where the last run ended. SIGTERM and SIGINT stop it: it delivers what it has
read, as far as shutdown_timeout allows, notes how far it came, and exits with 0; what is left comes next time.

A changed configuration is taken in without a restart, some seconds after it was written or at once with SIGHUP (or
SIGUSR2): pipelines that it does not concern go on, others deliver what they have read and begin anew where they
ended. One that is wrong changes nothing. SIGUSR1 has what is in hand sent at once.

Without -c it takes ` + defaultFile + `. Where there is no such file it takes the environment variables of the image
fluent/fluentd-kubernetes-daemonset (FLUENT_ELASTICSEARCH_HOST and so on: docs/migrate.md), and logs what became of each.`,
		Args: cobra.NoArgs,
	}
	path := optionalConfigFlag(command)
	once := command.Flags().Bool("once", false, "ship everything up to the present end of the log, wait for the acknowledgements, and exit")
	command.RunE = func(command *cobra.Command, _ []string) error {
		from, cfg, err := find(*path, defaultFile)
		if err != nil {
			return err
		}
		var level slog.LevelVar
		log := newLevelLogger(command.ErrOrStderr(), cfg.Log, &level)
		from.tell(log)
		for _, warning := range cfg.Warnings {
			log.Warn(warning)
		}
		ctx, stop := untilStopped(command.Context())
		defer stop()
		options := agent.Options{Once: *once, Log: log, Version: version}
		if !*once {
			reload, flush, ignore := requests()
			defer ignore()
			options.Level, options.Reload, options.Flush = &level, reload, flush
			options.Reread = from.reread()
		}
		return agent.Run(ctx, cfg, options)
	}
	return command
}

func newLogger(to io.Writer, cfg config.Log) *slog.Logger {
	return newLevelLogger(to, cfg, new(slog.LevelVar))
}

// newLevelLogger makes a log whose level can change.
func newLevelLogger(to io.Writer, cfg config.Log, level *slog.LevelVar) *slog.Logger {
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		panic(fmt.Sprintf("log level %q passed the checks: %v", cfg.Level, err))
	}
	options := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(terminal.JSON(to), options))
	}
	return slog.New(slog.NewTextHandler(terminal.Lines(to), options))
}

// requests are the signals that ask for something while the agent runs, the same as with fluentd: SIGHUP and SIGUSR2 to look at
// the configuration, SIGUSR1 to send what is in hand. Several of a kind that come together count as one.
func requests() (reload, flush <-chan struct{}, ignore func()) {
	signals, ended := make(chan os.Signal, 8), make(chan struct{})
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGUSR2, syscall.SIGUSR1)
	reloads, flushes := make(chan struct{}, 1), make(chan struct{}, 1)
	go func() {
		for {
			select {
			case s := <-signals:
				to := reloads
				if s == syscall.SIGUSR1 {
					to = flushes
				}
				select {
				case to <- struct{}{}:
				default:
				}
			case <-ended:
				return
			}
		}
	}()
	return reloads, flushes, func() { signal.Stop(signals); close(ended) }
}

// untilStopped is a context that a signal ends. A second one ends the process at once. A closed standard output or error stream
// does not: it is the trouble of one output, and no other pipeline's.
func untilStopped(ctx context.Context) (context.Context, func()) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

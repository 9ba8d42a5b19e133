package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/migrate/positions"
	"github.com/auditship/auditship/agent/terminal"
	logfile "github.com/auditship/auditship/inputs/file"
)

// takeover says how positions are taken over.
type takeover struct {
	anew, dry bool
	path      string // by which the other agent knew the log; empty: that of the input
}

func newMigratePositions() *cobra.Command {
	command := &cobra.Command{
		Use:   "positions -c FILE POSITIONS...",
		Short: "Begin where another agent came to",
		Long: `Reads the pos_file of fluentd, or the positions file of promtail, Grafana Agent or Alloy, and lets the pipelines of the configuration begin there. Stop the other
agent first, and let it send what it has in its buffers: its positions count that as done. auditship must not run either.

The log may have been rotated and compressed since: the file that a position is in is found by what is in it. What can't be told for sure is
said, and then something is repeated rather than lost. A pipeline that has a checkpoint already keeps it, unless --anew is given.`,
		Args: cobra.MinimumNArgs(1),
	}
	config := configFlag(command)
	var t takeover
	command.Flags().BoolVar(&t.anew, "anew", false, "move pipelines that have a checkpoint, too")
	command.Flags().BoolVar(&t.dry, "dry-run", false, "tell what would be done, and write nothing")
	command.Flags().StringVar(&t.path, "path", "", "`PATH` of the log in POSITIONS, where that is another than the input's")
	command.RunE = func(command *cobra.Command, args []string) error { return takePositions(command, *config, args, t) }
	return command
}

func takePositions(command *cobra.Command, file string, from []string, t takeover) error {
	cfg, err := config.Load(file)
	if err != nil {
		return err
	}
	var all []logfile.Foreign
	for _, path := range from {
		p, err := positions.Read(path)
		if err != nil {
			return err
		}
		if err := rename(p, cfg, t.path); err != nil {
			return err
		}
		for _, note := range p.Notes {
			fmt.Fprintln(command.ErrOrStderr(), terminal.Escape(path+": "+note))
		}
		all = append(all, p.All...)
	}
	taken, err := agent.TakeOver(command.Context(), cfg, newLogger(command.ErrOrStderr(), cfg.Log), all, t.anew, t.dry)
	for i := range taken {
		tellTakeover(command.OutOrStdout(), command.ErrOrStderr(), &taken[i])
	}
	return err
}

// rename gives positions of a log that had another path the path that it has here.
func rename(p *positions.Positions, cfg *config.Config, from string) error {
	if from == "" {
		return nil
	}
	to := ""
	for _, in := range cfg.Inputs {
		if in.File != nil && to != "" {
			return unusableError{errors.New("--path is for a configuration with one file as input")}
		}
		if in.File != nil {
			to = in.File.Path
		}
	}
	p.At(from, to)
	return nil
}

func tellTakeover(stdout, stderr io.Writer, t *agent.Takeover) {
	say := func(to io.Writer, format string, values ...any) {
		fmt.Fprintln(to, terminal.Escape(t.Pipeline+": "+fmt.Sprintf(format, values...)))
	}
	switch {
	case t.Kept:
		say(stderr, "warning: it has a checkpoint and keeps it; --anew moves it all the same")
		return
	case t.File == "":
		say(stdout, "begins with the oldest file that is there; %s are to be read", size(t.Unread))
	default:
		say(stdout, "begins in %s at %d; %d older files are done, and %s are to be read", t.File, t.Offset, t.Done, size(t.Unread))
	}
	for _, doubt := range t.Doubts {
		say(stderr, "warning: %s", doubt)
	}
	if t.Gaps > 0 {
		say(stderr, "warning: %d losses are to be reported: not all is there any more", t.Gaps)
	}
}

package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/migrate"
	"github.com/auditship/auditship/agent/migrate/fluentd"
	"github.com/auditship/auditship/agent/migrate/promtail"
	"github.com/auditship/auditship/agent/terminal"
)

func newMigrate() *cobra.Command {
	command := &cobra.Command{
		Use:   "migrate",
		Short: "Switch from fluentd, promtail, Grafana Agent or Alloy",
		Long: `Converts their configuration, and takes over how far they came, so that the switch loses and repeats nothing.
docs/migrate.md tells the switch step by step.`,
	}
	command.AddCommand(newMigrateFluentd(), newMigratePromtail(), newMigrateAlloy(), newMigrateEnvironment(), newMigratePositions())
	return command
}

// converted is what one of the converters gives.
type converted struct {
	yaml      []byte
	report    migrate.Report
	positions []string // files of positions that the configuration names
}

const conversion = `What is written is a whole configuration file, to standard output or a new file. On standard error stands what was not carried over,
as FILE:LINE: warning: what it did; what to do instead; with --report FILE everything that was read is accounted for there, also what was converted and
what needs no setting here. The environment decides where the configuration asks it; variables stay variables where they can.`

func newMigrateFluentd() *cobra.Command {
	command := &cobra.Command{
		Use:   "fluentd FILE",
		Short: "Convert a configuration of fluentd that ships audit logs",
		Long: conversion + `

Which <source> is the audit log's is told by the word audit in its path or tag; else name its path or tag with --source.`,
		Args: cobra.ExactArgs(1),
	}
	source := command.Flags().String("source", "", "path or tag of the `<source>` to convert, alone")
	migration(command, func(file string) (converted, error) {
		host, _ := os.Hostname()
		result, err := fluentd.File(file, fluentd.Options{Host: host, Source: *source})
		if result == nil {
			return converted{}, unusableError{err}
		}
		c := converted{result.YAML, result.Report, nil}
		for _, log := range result.Logs {
			if log.PosFile != "" {
				c.positions = append(c.positions, log.PosFile)
			}
		}
		return c, err
	})
	return command
}

func newMigrateEnvironment() *cobra.Command {
	command := &cobra.Command{
		Use:   "environment",
		Short: "Convert the variables of the image fluent/fluentd-kubernetes-daemonset",
		Long: `Writes the configuration that auditship run takes from FLUENT_ELASTICSEARCH_HOST, FLUENT_KAFKA2_BROKERS and so on, where it is given none:
to look at it, and to go on with a file. ` + fluentd.LogVariable + ` names the audit log, if it is not where the image or kubeadm has it. Passwords stay variables.`,
		Args: cobra.NoArgs,
	}
	migration(command, func(string) (converted, error) {
		result, err := fluentd.Environment(os.Environ(), fluentd.Here)
		if result == nil {
			return converted{}, unusableError{err}
		}
		c := converted{result.YAML, result.Report, nil}
		for _, log := range result.Logs {
			c.positions = append(c.positions, log.PosFile)
		}
		return c, err
	})
	return command
}

func newMigratePromtail() *cobra.Command {
	command := &cobra.Command{
		Use:   "promtail FILE",
		Short: "Convert a configuration of promtail or Grafana Agent that ships audit logs",
		Long:  conversion,
		Args:  cobra.ExactArgs(1),
	}
	migration(command, func(file string) (converted, error) {
		result, err := promtail.File(file)
		if result == nil {
			return converted{}, unusableError{err}
		}
		return converted{result.YAML, result.Report, result.Positions}, err
	})
	return command
}

func newMigrateAlloy() *cobra.Command {
	command := &cobra.Command{
		Use:   "alloy FILE",
		Short: "Convert a configuration of Alloy or Grafana Agent Flow that ships audit logs",
		Long:  conversion,
		Args:  cobra.ExactArgs(1),
	}
	migration(command, func(file string) (converted, error) {
		result, err := promtail.Alloy(file)
		if result == nil {
			return converted{}, unusableError{err}
		}
		return converted{result.YAML, result.Report, result.Positions}, err
	})
	return command
}

// migration gives a command what all converters have.
func migration(command *cobra.Command, convert func(file string) (converted, error)) {
	output := command.Flags().StringP("output", "o", "", "write the configuration to this new `FILE`")
	report := command.Flags().String("report", "", "write the whole report to this `FILE`")
	take := command.Flags().Bool("take-positions", false, "take over the positions, too, as auditship migrate positions does; with -o")
	posFiles := command.Flags().StringSlice("pos-file", nil, "take the positions from this `FILE`, and not from what the configuration names")
	command.RunE = func(command *cobra.Command, args []string) error {
		if *take && *output == "" {
			return unusableError{errors.New("--take-positions needs -o FILE: positions are those of the pipelines in it")}
		}
		c, err := convert(strings.Join(args, " ")) // there is one, or none
		if told := tell(command.ErrOrStderr(), &c.report, *report); err != nil || told != nil {
			return errors.Join(err, told)
		}
		if err := writeNew(command.OutOrStdout(), *output, c.yaml); err != nil || !*take {
			return err
		}
		if len(*posFiles) > 0 {
			c.positions = *posFiles
		}
		if len(c.positions) == 0 {
			return unusableError{errors.New("the configuration names no file of positions: give --pos-file FILE")}
		}
		return takePositions(command, *output, c.positions, takeover{})
	}
}

// tell writes the warnings, and all notes to a file if one is given.
func tell(stderr io.Writer, r *migrate.Report, file string) error {
	if file == "" {
		return r.Write(terminal.Lines(stderr), migrate.Warning)
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := errors.Join(r.Write(terminal.Lines(f)), f.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stderr, "%d warnings; the report is in %s\n", r.Count(migrate.Warning), terminal.Escape(file))
	return err
}

// writeNew writes to a new file, which may hold passwords, or to standard output.
func writeNew(stdout io.Writer, file string, content []byte) error {
	if file == "" {
		_, err := stdout.Write(content)
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

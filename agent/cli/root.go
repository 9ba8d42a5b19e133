// Package cli is the command line: one file per command. Commands read flags, call the agent and print; they decide nothing.
package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/terminal"
)

// Exit codes of the process.
const (
	exitDone   = 0
	exitFailed = 1 // while running
	exitUsage  = 2 // wrong usage or configuration; nothing was done
)

const about = `auditship ships Kubernetes audit logs. It runs on every control-plane node, follows kube-apiserver's
audit.log through rotation, drops noise by rule, says in plain fields who did what, and delivers to
Elasticsearch, OpenSearch, Loki, Kafka, HTTP and Fluentd's forward protocol, and files. Every line is
delivered, filtered by a named rule, set aside in the dead-letter file, or reported as a gap.

Begin with an example of configs/, name your log and your destination in it, and try it:

  auditship validate -c auditship.yaml   tells all that is wrong with it at once
  auditship run -c auditship.yaml        ships until it is told to stop

Exit codes: 0 done, 1 failed while running, 2 wrong usage or configuration.`

// Main runs one command line, without the program's name, and returns the exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	started := false
	root := newRoot()
	onStart(root, func() { started = true })
	if slices.Equal(args, []string{"--version"}) {
		args = []string{"version"} // cobra's own flag takes a template for its words: then the linker keeps all methods there are, 4 MB of them
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	printError(stderr, err)
	return exitCode(err, started)
}

// newRoot makes the tree of commands.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "auditship",
		Short:         "Ship Kubernetes audit logs, losing nothing",
		Long:          about,
		SilenceErrors: true, // printed here, escaped
		SilenceUsage:  true,
	}
	root.AddCommand(newCheckpoint(), newDeadLetters(), newDemo(), newDoctor(), newEnableAudit(), newExplain(), newMigrate(), newPolicy(), newRun(), newSessions(), newSetup(), newSimulate(), newStatus(), newValidate(), newVersion(), newWebhookConfig(), newWho())
	completeNothing(root)
	checkArguments(root)
	return root
}

// checkArguments has wrong arguments told with the usage of their command. For an unknown command below another one cobra would
// print that one's help, and call it a success.
func checkArguments(command *cobra.Command) {
	check := command.Args
	if command.HasParent() && command.HasSubCommands() && !command.Runnable() {
		check = cobra.NoArgs
		command.RunE = func(command *cobra.Command, _ []string) error { return command.Help() }
	}
	if check != nil {
		command.Args = func(command *cobra.Command, args []string) error {
			if err := check(command, args); err != nil {
				return fmt.Errorf("%w\nusage: %s", err, usage(command))
			}
			return nil
		}
	}
	for _, below := range command.Commands() {
		checkArguments(below)
	}
}

func usage(command *cobra.Command) string {
	if !command.HasSubCommands() {
		return command.UseLine()
	}
	var names []string
	for _, below := range command.Commands() {
		names = append(names, below.Name())
	}
	return command.CommandPath() + " " + strings.Join(names, "|")
}

// onStart has started called when a command line was found to be well formed, right before a command runs.
func onStart(command *cobra.Command, started func()) {
	if run := command.RunE; run != nil {
		command.RunE = func(command *cobra.Command, args []string) error {
			started()
			return run(command, args)
		}
	}
	for _, below := range command.Commands() {
		onStart(below, started)
	}
}

// exitCode: what goes wrong before a command starts is wrong usage.
func exitCode(err error, started bool) int {
	var wrong *config.Error
	var unusable unusableError
	switch {
	case err == nil:
		return exitDone
	case !started, errors.As(err, &wrong), errors.As(err, &unusable):
		return exitUsage
	}
	return exitFailed
}

// printError prints an error, and each fault of a configuration as a line that editors can jump to.
func printError(stderr io.Writer, err error) {
	if err == nil {
		return
	}
	var wrong *config.Error
	if errors.As(err, &wrong) {
		for _, line := range wrong.Lines() {
			fmt.Fprintln(stderr, terminal.Escape(line))
		}
		return
	}
	text := "auditship: " + strings.TrimSpace(err.Error())
	for line := range strings.Lines(text) { // cobra's suggestions are several
		fmt.Fprintln(stderr, terminal.Escape(strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", "  ")))
	}
}

// configFlag adds -c, which every command that reads a configuration has.
func configFlag(command *cobra.Command) *string {
	path := command.Flags().StringP("config", "c", "", "configuration `FILE`")
	if err := command.MarkFlagRequired("config"); err != nil {
		panic(err) // the flag was added above
	}
	if err := command.MarkFlagFilename("config", "yaml", "yml"); err != nil {
		panic(err)
	}
	return path
}

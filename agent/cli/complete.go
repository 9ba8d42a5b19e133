package cli

import (
	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/config"
)

// completeFiles has shells offer files with these endings for a flag.
func completeFiles(command *cobra.Command, flag string, endings ...string) {
	if err := command.MarkFlagFilename(flag, endings...); err != nil {
		panic(err) // the flag was added before
	}
}

// completeWords has shells offer words for a flag.
func completeWords(command *cobra.Command, flag string, words ...string) {
	completeFlag(command, flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

func completeFlag(command *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := command.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // the flag was added before
	}
}

// pipelineNames offers the pipelines of the configuration that the command line names, and behind the first argument files.
func pipelineNames(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return namesIn(command), cobra.ShellCompDirectiveNoFileComp
}

// pipelineValues is pipelineNames for a flag.
func pipelineValues(command *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return namesIn(command), cobra.ShellCompDirectiveNoFileComp
}

func namesIn(command *cobra.Command) (names []string) {
	path, err := command.Flags().GetString("config")
	if err != nil || path == "" {
		return nil
	}
	cfg, err := config.Load(path)
	if err != nil {
		return nil // whoever runs the command is told
	}
	for _, p := range cfg.Pipelines() {
		names = append(names, p.Name)
	}
	return names
}

// completeNothing keeps shells from offering files to commands that take no arguments.
func completeNothing(command *cobra.Command) {
	if command.ValidArgsFunction == nil && command.Args != nil && command.Args(command, []string{"x"}) != nil {
		command.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, below := range command.Commands() {
		completeNothing(below)
	}
}

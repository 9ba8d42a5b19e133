package cli

import "github.com/spf13/cobra"

// completeFiles has shells offer files with these endings for a flag.
func completeFiles(command *cobra.Command, flag string, endings ...string) {
	if err := command.MarkFlagFilename(flag, endings...); err != nil {
		panic(err) // the flag was added before
	}
}

// completeWords has shells offer words for a flag.
func completeWords(command *cobra.Command, flag string, words ...string) {
	if err := command.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag was added before
	}
}

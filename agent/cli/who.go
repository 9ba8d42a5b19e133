package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/logs"
	"github.com/auditship/auditship/agent/roster"
)

func newWho() *cobra.Command {
	command := &cobra.Command{
		Use:   "who LOG...",
		Short: "List who acts, with what credential, and who is behind it",
		Long: `Reads audit logs of the API server, plain or compressed, directories of them, or - for standard input, and prints one line for
each account with each of its certificates and tokens: when it was first and last seen, how often, who that is, what this rests on,
who had the token made, and from which addresses it came. With -c people are named as the configuration says.

--csv prints what identities lack, as lines for its CSV file: accounts of people without a name, and service accounts that somebody had
tokens made for. Fill in who that is. Logs of several nodes may be given, in any order: a token is traced across them.`,
		Example: `  auditship who -c auditship.yaml /var/log/kubernetes/audit
  auditship who --csv audit.log >> people.csv`,
		Args: cobra.MinimumNArgs(1),
	}
	path := command.Flags().StringP("config", "c", "", "configuration `FILE`, for identities, gateways and oidc")
	asJSON := command.Flags().Bool("json", false, "print one JSON object per line")
	asCSV := command.Flags().Bool("csv", false, "print entries that identities lack")
	command.MarkFlagsMutuallyExclusive("json", "csv")
	command.RunE = func(command *cobra.Command, args []string) error {
		enricher, err := sessionEnricher(*path)
		if err != nil {
			return err
		}
		lines, err := logs.Open(args, command.InOrStdin())
		if err != nil {
			return err
		}
		defer lines.Close()
		var read eventLog
		all := roster.New(enricher)
		readErr := read.each(lines, func(e *event.Event) error { // and what was read is shown all the same
			all.Add(e)
			return nil
		})
		print := printWho
		switch {
		case *asJSON:
			print = printWhoJSON
		case *asCSV:
			print = printWhoCSV
		}
		if err := print(command.OutOrStdout(), all.Rows()); err != nil {
			return err
		}
		read.tell(command.ErrOrStderr())
		if left := all.Left(); left > 0 {
			fmt.Fprintf(command.ErrOrStderr(), "auditship: %d events are not in the list: there are more than %d actors\n", left, roster.MaxRows)
		}
		return readErr
	}
	return command
}

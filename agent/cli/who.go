package cli

import (
	"errors"
	"fmt"
	"io"

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
		l := rosterReader{roster: roster.New(enricher)}
		readErr := l.read(lines) // and what was read is shown all the same
		print := printWho
		switch {
		case *asJSON:
			print = printWhoJSON
		case *asCSV:
			print = printWhoCSV
		}
		if err := print(command.OutOrStdout(), l.roster.Rows()); err != nil {
			return err
		}
		l.tell(command.ErrOrStderr())
		return readErr
	}
	return command
}

// rosterReader finds the events in the lines of a log.
type rosterReader struct {
	decoder       event.Decoder
	event         event.Event
	roster        *roster.Roster
	lines, others int // others are no events
}

// read reads all lines, up to the first error of reading.
func (l *rosterReader) read(from *logs.Reader) error {
	for {
		line, err := from.Next()
		var passed *logs.LineError
		switch {
		case err == io.EOF:
			return nil
		case err != nil && !errors.As(err, &passed):
			return err
		}
		l.lines++
		if err != nil || l.decoder.Decode(line, &l.event) != nil {
			l.others++
			continue
		}
		l.roster.Add(&l.event)
	}
}

// tell says what the list can't.
func (l *rosterReader) tell(to io.Writer) {
	if l.others > 0 {
		fmt.Fprintf(to, "auditship: %d of %d lines are no audit events\n", l.others, l.lines)
	}
	if left := l.roster.Left(); left > 0 {
		fmt.Fprintf(to, "auditship: %d events are not in the list: there are more than %d actors\n", left, roster.MaxRows)
	}
}

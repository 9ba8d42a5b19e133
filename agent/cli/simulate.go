package cli

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/logs"
	"github.com/auditship/auditship/agent/simulate"
	"github.com/auditship/auditship/agent/terminal"
)

func newSimulate() *cobra.Command {
	command := &cobra.Command{
		Use:   "simulate -c FILE LOG...",
		Short: "Tell what the rules would do to recorded logs: what is dropped, by which rule, and what is left",
		Long: `Sends recorded logs through the rules of every output and prints what becomes of them: per rule the events that it matches and
those that it decides, with examples; rules that never match, are shadowed by earlier ones, or would drop what is protected; and
what is kept, by user, verb and resource. No server is asked, nothing is shipped and no state is touched.

A log is a file, plain or compressed (gzip, zstd), a directory of a log and its backups, or - for standard input.

MATCHED counts all events that a rule matches, DECIDED those whose fate it decides. What is kept is redacted and enriched as for
shipping to tell how long it is. What a day would have is worked out from the time between the first and the last event.`,
		Example: `  auditship simulate -c auditship.yaml /var/log/kubernetes/audit
  auditship simulate -c new.yaml --against auditship.yaml audit-*.log.gz audit.log
  auditship simulate -c auditship.yaml --output search --json - < audit.log | jq '.outputs[].kept'`,
		Args: cobra.MinimumNArgs(1),
	}
	path := configFlag(command)
	output := command.Flags().String("output", "", "only this output, by its `NAME`")
	against := command.Flags().String("against", "", "configuration `FILE` to compare with: tells what -c drops, keeps or strips otherwise")
	examples := command.Flags().Uint16("examples", 2, "how many events to show for each rule")
	top := command.Flags().Uint16("top", 10, "how many users, verbs and resources to show")
	asJSON := command.Flags().Bool("json", false, "print one JSON object")
	command.RunE = func(command *cobra.Command, args []string) error {
		outputs, err := simulated(*path, *against, *output)
		if err != nil {
			return err
		}
		lines, err := logs.Open(args, command.InOrStdin())
		if err != nil {
			return err
		}
		defer lines.Close()
		s := simulate.New(outputs, simulate.Limits{Examples: int(*examples), Top: int(*top)})
		readErr := feed(s, lines) // and what was read is told all the same
		return errors.Join(printReport(command.OutOrStdout(), s.Report(), *asJSON), readErr)
	}
	return command
}

func simulated(path, against, output string) ([]simulate.Output, error) {
	cfg, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	var other *config.Config
	if against != "" {
		if other, err = config.Load(against); err != nil {
			return nil, err
		}
	}
	outputs, err := agent.Simulated(cfg, other, output)
	if err != nil {
		return nil, unusableError{err}
	}
	return outputs, nil
}

// feed gives all lines of the logs to a simulator. Files that can't be read to their end are an error, after everything that could be.
func feed(s *simulate.Simulator, lines *logs.Reader) error {
	var damaged []error
	err := lines.Each(func(line []byte) error {
		s.Add(line)
		return nil
	}, func(err error) {
		var file *logs.FileError
		if errors.As(err, &file) {
			damaged = append(damaged, err)
		} else {
			s.Broken(err.Error(), 0)
		}
	})
	return errors.Join(append(damaged, err)...)
}

func printReport(to io.Writer, r *simulate.Report, asJSON bool) error {
	var err error
	if asJSON {
		err = json.NewEncoder(terminal.JSON(to)).Encode(r)
	} else {
		err = r.WriteText(to)
	}
	if err == nil && r.In.Events == 0 {
		return errNoEvents
	}
	return err
}

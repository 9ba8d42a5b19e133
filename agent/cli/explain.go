package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/explain"
	"github.com/auditship/auditship/agent/simulate"
	"github.com/auditship/auditship/agent/terminal"
)

func newExplain() *cobra.Command {
	command := &cobra.Command{
		Use:   "explain -c FILE < EVENT",
		Short: "Tell, rule by rule and key by key, why an event is shipped or not",
		Long: `Reads events from standard input and tells for every output which rule decides and why those before it do not, what the level strips,
what redaction takes, and what is added. An event may come as a line of the log, as many, spread over lines, in an EventList, as it was
shipped, or as Elasticsearch or Loki return it.

Exit code 1: something in the input is no audit event, or there is none.`,
		Example: `  grep 3f2c9a1e audit.log | auditship explain -c auditship.yaml
  curl -s https://es:9200/audit/_doc/5e1c… | auditship explain -c auditship.yaml --output search`,
		Args: cobra.NoArgs,
	}
	path := configFlag(command)
	output := command.Flags().String("output", "", "only this output, by its `NAME`")
	all := command.Flags().Bool("all", false, "show every rule and key, also those behind the rule that decides")
	command.RunE = func(command *cobra.Command, _ []string) error {
		outputs, err := simulated(*path, "", *output)
		if err != nil {
			return err
		}
		x := explainer{outputs: outputs, to: command.OutOrStdout(), warn: command.ErrOrStderr(), all: *all}
		if err := explain.Documents(command.InOrStdin(), x.see, x.wrong); err != nil {
			return err
		}
		return x.end()
	}
	return command
}

// explainer explains one event after the other.
type explainer struct {
	outputs      []simulate.Output
	to, warn     io.Writer
	all          bool
	seen, others int
}

func (x *explainer) see(d explain.Document) error {
	explained, err := explain.Event(d.Record, x.outputs)
	if err != nil {
		return err
	}
	x.seen++
	return explain.WriteText(x.to, d, explained, x.all)
}

func (x *explainer) wrong(reason string) {
	x.others++
	fmt.Fprintln(x.warn, terminal.Escape(fmt.Sprintf("auditship: something behind event %d is left out: %s", x.seen, reason)))
}

func (x *explainer) end() error {
	switch {
	case x.seen == 0:
		return errors.New("there is no audit event in the input")
	case x.others > 0:
		return fmt.Errorf("%d of the values in the input are no audit events", x.others)
	}
	return nil
}

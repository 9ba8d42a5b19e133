package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/logs"
	"github.com/auditship/auditship/agent/policy/volume"
	"github.com/auditship/auditship/agent/terminal"
)

func newPolicyVolume() *cobra.Command {
	command := &cobra.Command{
		Use:   "volume FILE... --log LOG",
		Short: "Estimate from a recorded log how much each audit policy would write",
		Long: `Reads recorded audit logs, plain or compressed, directories of them, or - for standard input, and tells how much of them
kube-apiserver would have written under each policy.

It is an estimate from below: requests, stages and bodies that the policy of the recording left out are not there. Column "short" is
how many events that policy gave a lower level than this one would.`,
		Example: `  auditship policy volume configs/policies/*.yaml --log /var/log/kubernetes/audit`,
		Args:    cobra.MinimumNArgs(1),
	}
	paths := command.Flags().StringArray("log", nil, "recorded `LOG`, or a directory of them; may be repeated")
	asJSON := command.Flags().Bool("json", false, "print a JSON array")
	if err := command.MarkFlagRequired("log"); err != nil {
		panic(err) // the flag was added above
	}
	command.RunE = func(command *cobra.Command, args []string) error {
		policies, err := loadPolicies(args)
		if err != nil {
			return err
		}
		lines, err := logs.Open(*paths, command.InOrStdin())
		if err != nil {
			return err
		}
		defer lines.Close()
		var read eventLog
		var all []measured
		for _, p := range policies {
			all = append(all, measured{p.Path, volume.New(p)})
		}
		readErr := read.each(lines, func(e *event.Event) error {
			for _, m := range all {
				m.Add(e)
			}
			return nil
		})
		print := printVolumes
		if *asJSON {
			print = func(to io.Writer, all []measured) error { return printJSON(to, all) }
		}
		if err := print(command.OutOrStdout(), all); err != nil {
			return err
		}
		read.tell(command.ErrOrStderr())
		return readErr
	}
	return command
}

// measured is the row of one policy.
type measured struct {
	File string `json:"file"`
	*volume.Counter
}

func printVolumes(to io.Writer, all []measured) error {
	read := all[0].Read
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "policy\tevents\tof all\tMB\tof all\tNone\tMetadata\tRequest\tRequestResponse\tshort\t")
	fmt.Fprintf(table, "as recorded\t%d\t100%%\t%.1f\t100%%\t\t\t\t\t\t\n", read.Events, megabytes(read.Bytes))
	for _, m := range all {
		l := m.Levels
		fmt.Fprintf(table, "%s\t%d\t%s\t%.1f\t%s\t%d\t%d\t%d\t%d\t%d\t\n", terminal.Escape(filepath.Base(m.File)), m.Written.Events, percent(m.Written.Events, read.Events),
			megabytes(m.Written.Bytes), percent(m.Written.Bytes, read.Bytes), l["None"], l["Metadata"], l["Request"], l["RequestResponse"], m.Short)
	}
	return table.Flush()
}

func megabytes(bytes uint64) float64 { return float64(bytes) / 1e6 }

func percent(part, whole uint64) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}

package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/policy/coverage"
	"github.com/auditship/auditship/agent/terminal"
)

func newPolicyCoverage() *cobra.Command {
	command := &cobra.Command{
		Use:   "coverage FILE...",
		Short: "Show at which level audit policies log what matters, side by side",
		Long: `Shows at which level a policy logs what an investigation asks for: sessions, credentials, rights, writes, failed logins. It asks
about a human, a service account and a node that no rule names, and tells them apart where they differ; rules for others, and for
single namespaces, do not show. --user asks about another caller instead.`,
		Example: `  auditship policy coverage configs/policies/*.yaml
  auditship policy coverage policy.yaml --user jane@example.org --groups platform-admins`,
		Args: cobra.MinimumNArgs(1),
	}
	user := command.Flags().String("user", "", "ask about this `NAME` alone")
	groups := command.Flags().StringSlice("groups", nil, "`GROUP`s of --user, with commas between them")
	asJSON := command.Flags().Bool("json", false, "print a JSON array, with every single request")
	command.RunE = func(command *cobra.Command, paths []string) error {
		policies, err := loadPolicies(paths)
		if err != nil {
			return err
		}
		callers := coverage.Callers()
		if *user != "" {
			callers = []coverage.Caller{{Kind: "user", User: *user, Groups: policy.GroupsOf(*user, *groups)}}
		}
		var all []covered
		for _, p := range policies {
			all = append(all, covered{p.Path, coverage.Of(p, callers)})
		}
		if *asJSON {
			return printJSON(command.OutOrStdout(), all)
		}
		return printCoverage(command.OutOrStdout(), all)
	}
	return command
}

// covered is the column of one file.
type covered struct {
	File string         `json:"file"`
	Rows []coverage.Row `json:"rows"`
}

func printCoverage(to io.Writer, all []covered) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, c := range all {
		fmt.Fprintf(table, "\t%s", terminal.Escape(filepath.Base(c.File)))
	}
	fmt.Fprintln(table)
	for i := range all[0].Rows {
		fmt.Fprint(table, all[0].Rows[i].Title)
		for _, c := range all {
			fmt.Fprintf(table, "\t%s", terminal.Escape(c.Rows[i].String()))
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}

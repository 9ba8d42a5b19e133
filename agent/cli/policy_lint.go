package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/policy/lint"
	"github.com/auditship/auditship/agent/terminal"
)

func newPolicyLint() *cobra.Command {
	command := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Find what is wrong with audit policies, and what may not be meant",
		Long: `Finds what kube-apiserver refuses or silently passes over, rules that do nothing, credentials that get into the log, and
what gets into none. Each finding is printed as

  FILE:LINE:COLUMN: SEVERITY: CODE: what is wrong

with why it matters and what to write instead below it; docs/audit-policy.md lists the codes.

Exit codes: 0 nothing found at or above --fail-on, 1 something was, 2 a file cannot be read or is no audit policy.`,
		Example: `  auditship policy lint /etc/kubernetes/audit/policy.yaml
  auditship policy lint --fail-on warning policies/*.yaml`,
		Args: cobra.MinimumNArgs(1),
	}
	failOn := severityFlag{lint.Error}
	command.Flags().Var(&failOn, "fail-on", "exit with 1 at this `SEVERITY` or above: error, warning or info")
	asJSON := command.Flags().Bool("json", false, "print a JSON array")
	command.RunE = func(command *cobra.Command, paths []string) error {
		found, err := lintAll(paths)
		if *asJSON {
			err = errors.Join(err, printJSON(command.OutOrStdout(), found))
		} else {
			for i := range found {
				err = errors.Join(err, printFinding(command, &found[i]))
			}
		}
		if err != nil {
			return err
		}
		return judge(found, failOn.Severity)
	}
	return command
}

// lintAll looks at all files that can be read; the error is about the others.
func lintAll(paths []string) (found []lint.Finding, err error) {
	found = []lint.Finding{} // [] in JSON
	for _, path := range paths {
		p, wrong := policy.Load(path)
		if wrong != nil {
			err = errors.Join(err, unusableError{wrong})
			continue
		}
		found = append(found, lint.Check(p)...)
	}
	return found, err
}

func printFinding(command *cobra.Command, f *lint.Finding) error {
	where := f.File
	if f.Line > 0 {
		where += ":" + strconv.Itoa(f.Line) + ":" + strconv.Itoa(f.Column)
	}
	what := f.What
	if f.Key != "" {
		what = f.Key + ": " + what
	}
	_, err := fmt.Fprintf(command.OutOrStdout(), "%s: %s: %s: %s\n    why: %s\n    instead: %s\n", terminal.Escape(where), f.Severity, f.Code,
		terminal.Escape(what), terminal.Escape(f.Why), terminal.Escape(f.Instead))
	return err
}

// judge is an error if anything is as bad as that.
func judge(found []lint.Finding, limit lint.Severity) error {
	count, failed := map[lint.Severity]int{}, false
	for i := range found {
		count[found[i].Severity]++
		failed = failed || found[i].Severity.AtLeast(limit)
	}
	if !failed {
		return nil
	}
	var parts []string
	for _, s := range []lint.Severity{lint.Error, lint.Warning, lint.Info} {
		if count[s] > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", s, count[s]))
		}
	}
	return fmt.Errorf("found %s", strings.Join(parts, ", "))
}

// severityFlag is a severity on the command line (github.com/spf13/pflag Value).
type severityFlag struct{ lint.Severity }

// Set takes the name of a severity.
func (f *severityFlag) Set(name string) (err error) {
	f.Severity, err = lint.ParseSeverity(name)
	return err
}

// String is its name.
func (f *severityFlag) String() string { return string(f.Severity) }

// Type is how usage calls it.
func (f *severityFlag) Type() string { return "severity" }

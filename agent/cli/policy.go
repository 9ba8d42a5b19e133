package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/terminal"
)

func newPolicy() *cobra.Command {
	command := &cobra.Command{
		Use:   "policy",
		Short: "Check and compare audit policies for kube-apiserver, before it is restarted with one",
		Long: `Looks at audit policies (kind: Policy, audit.k8s.io/v1), as kube-apiserver's --audit-policy-file takes them. No cluster is
asked. Ready ones are in configs/policies: minimal.yaml, recommended.yaml and strict.yaml.`,
	}
	command.AddCommand(newPolicyLint(), newPolicyExplain(), newPolicyCoverage(), newPolicyVolume())
	return command
}

// unusableError is about a file that a command cannot work with: it exits as for wrong usage.
type unusableError struct{ error }

func (e unusableError) Unwrap() error { return e.error }

// loadPolicy loads a policy that can be asked.
func loadPolicy(path string) (*policy.Policy, error) {
	p, err := policy.Load(path)
	if err == nil {
		err = p.Err()
	}
	if err != nil {
		return nil, unusableError{err}
	}
	return p, nil
}

func loadPolicies(paths []string) (all []*policy.Policy, err error) {
	for _, path := range paths {
		p, wrong := loadPolicy(path)
		all, err = append(all, p), errors.Join(err, wrong)
	}
	return all, err
}

// printJSON prints indented JSON.
func printJSON(to io.Writer, value any) error {
	encoder := json.NewEncoder(terminal.JSON(to))
	encoder.SetIndent("", " ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	return nil
}

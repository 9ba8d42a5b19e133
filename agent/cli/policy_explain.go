package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/terminal"
)

// asking are the flags that say what is asked.
type asking struct {
	event, resource string
	request         policy.Request
}

func newPolicyExplain() *cobra.Command {
	command := &cobra.Command{
		Use:   "explain FILE",
		Short: "Tell rule by rule what an audit policy does with a request, and why",
		Long: `Tells of each rule whether it matches a request and which of its keys says so, up to the rule that decides; then the level and
the stages that are logged. The request is that of a recorded event (--event), or one that the other flags describe.

Whoever logs in is in system:authenticated, and service accounts are in their groups, too: these are added to --groups.
Without --user it is a failed login.`,
		Example: `  auditship policy explain policy.yaml --user jane --groups dev --verb get --resource pods/exec --namespace prod
  auditship policy explain policy.yaml --user jane --verb patch --resource deployments.apps/scale
  tail -n 1 audit.log | auditship policy explain policy.yaml --event -`,
		Args: cobra.ExactArgs(1),
	}
	var a asking
	flags := command.Flags()
	flags.StringVar(&a.event, "event", "", "an audit event in this `FILE`, - for standard input")
	flags.StringVar(&a.request.User, "user", "", "`NAME` of the user who asks")
	flags.StringSliceVar(&a.request.Groups, "groups", nil, "`GROUP`s of that user, with commas between them")
	flags.StringVar(&a.request.Verb, "verb", "get", "`VERB` of the request")
	flags.StringVar(&a.resource, "resource", "", "`RESOURCE` such as pods, pods/exec or deployments.apps/scale")
	flags.StringVar(&a.request.Namespace, "namespace", "", "`NAMESPACE`; without it none, or all")
	flags.StringVar(&a.request.Name, "name", "", "`NAME` of the object")
	flags.StringVar(&a.request.Path, "path", "", "`PATH` such as /healthz, instead of a resource")
	asJSON := flags.Bool("json", false, "print JSON")
	command.MarkFlagsOneRequired("event", "resource", "path")
	command.MarkFlagsMutuallyExclusive("event", "resource", "path")
	command.RunE = func(command *cobra.Command, args []string) error {
		p, err := loadPolicy(args[0])
		if err != nil {
			return err
		}
		x, err := a.explain(p, command.InOrStdin())
		if err != nil {
			return unusableError{err}
		}
		if *asJSON {
			return printJSON(command.OutOrStdout(), x)
		}
		return printExplanation(command.OutOrStdout(), &x)
	}
	return command
}

func (a *asking) explain(p *policy.Policy, stdin io.Reader) (policy.Explanation, error) {
	if a.event != "" {
		e, err := readEvent(a.event, stdin)
		if err != nil {
			return policy.Explanation{}, err
		}
		return p.Explain(e), nil
	}
	request := a.request
	request.Groups = policy.GroupsOf(request.User, request.Groups)
	if request.Path == "" {
		request.Group, request.Resource, request.Subresource = policy.ParseResource(a.resource)
	} else if !strings.HasPrefix(request.Path, "/") {
		return policy.Explanation{}, fmt.Errorf("%q is no path: begin it with /", request.Path)
	}
	return p.ExplainRequest(request)
}

// maxEvent is how long an event may be that is explained; kube-apiserver's own limit is far below.
const maxEvent = 64 << 20

// readEvent reads the one event of a file.
func readEvent(path string, stdin io.Reader) (*event.Event, error) {
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		stdin = f
	}
	data, err := io.ReadAll(io.LimitReader(stdin, maxEvent+1))
	if err != nil {
		return nil, fmt.Errorf("read the event: %w", err)
	}
	if len(data) > maxEvent {
		return nil, errors.New("read the event: it is longer than 64 MiB")
	}
	var d event.Decoder
	var e event.Event
	if err := d.Decode(bytes.TrimSpace(data), &e); err != nil {
		return nil, fmt.Errorf("read the event: %w (give one audit event, as one line of the log is)", err)
	}
	return &e, nil
}

func printExplanation(to io.Writer, x *policy.Explanation) error {
	var b strings.Builder
	line := func(format string, args ...any) { b.WriteString(terminal.Escape(fmt.Sprintf(format, args...)) + "\n") }
	line("%v", x.Request)
	for i := range x.Rules {
		r := &x.Rules[i]
		says := "does not match"
		if r.Matches {
			says = "matches"
		}
		line("rules[%d] (line %d, level %s) %s", r.Rule, r.Line, r.Level, says)
		for _, k := range r.Keys {
			if k.Matches == r.Matches { // what is to blame
				line("    %s: %s", k.Name, k.Text)
			}
		}
		if len(r.Keys) == 0 {
			line("    it asks for nothing")
		}
	}
	line("level: %s", x.Level)
	if len(x.Events) == 0 {
		line("logged: nothing")
	} else {
		line("logged: an event at %s", strings.Join(x.Events, " and "))
	}
	if x.Note != "" {
		line("note: %s", x.Note)
	}
	_, err := io.WriteString(to, b.String())
	return err
}

package cli

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/auditship/auditship/agent/config"
)

func newWebhookConfig() *cobra.Command {
	command := &cobra.Command{
		Use:   "webhook-config -c FILE",
		Short: "Print what kube-apiserver needs to send its audit events to a webhook input",
		Long: `Prints the kubeconfig for kube-apiserver's --audit-webhook-config-file, and in its comments the flags that go with it.
The paths in it are those on the API server's machine, where the files have to be put.`,
		Example: "  auditship webhook-config -c /etc/auditship/auditship.yaml --host collector.example.com > /etc/kubernetes/audit/webhook.yaml",
		Args:    cobra.NoArgs,
	}
	path := configFlag(command)
	var want hook
	flags := command.Flags()
	flags.StringVar(&want.input, "input", "", "name of the webhook input (default: the only one)")
	flags.StringVar(&want.host, "host", "", "name or address by which API servers reach this agent (default: the host of listen, else this host's name)")
	flags.StringVar(&want.dir, "dir", "/etc/kubernetes/audit", "directory of the files on the API server's machine")
	flags.StringVar(&want.mode, "mode", "batch", "batch (events wait in the API server's memory and may be lost with it), blocking, or blocking-strict")
	command.RunE = func(command *cobra.Command, _ []string) error {
		c, err := config.Load(*path)
		if err != nil {
			return err
		}
		text, err := want.render(c)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(command.OutOrStdout(), text)
		return err
	}
	return command
}

// hook is what the command was asked for.
type hook struct{ input, host, dir, mode string }

// modes say what becomes of an event, and of a request, while nobody takes events
// (https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#webhook-backend).
var modes = map[string]string{
	"batch": "Events wait in the API server's memory, and are dropped when --audit-webhook-batch-buffer-size is reached, or when it ends while nobody takes them.\n" +
		"# What is sent is tried for a minute and a half, or three while the spool is full, then dropped: more with --audit-webhook-initial-backoff.\n" +
		"# --audit-webhook-batch-throttle-qps=10 and -max-size=400 bound what it sends: 4000 events a second by default.",
	"blocking":        "Each request waits until its event is on this agent's disk. While nobody takes events requests are delayed, then go on without a record.",
	"blocking-strict": "As blocking, and a request whose event at RequestReceived can't be stored is refused.",
}

func (h *hook) render(c *config.Config) (string, error) {
	in, err := h.find(c)
	if err != nil {
		return "", err
	}
	what, known := modes[h.mode]
	if !known {
		return "", unusableError{fmt.Errorf("--mode is %q; choose batch, blocking or blocking-strict", h.mode)}
	}
	server, err := h.server(in)
	if err != nil {
		return "", err
	}
	body, err := yaml.Marshal(h.kubeconfig(in, server))
	if err != nil {
		return "", fmt.Errorf("write kubeconfig: %w", err)
	}
	var head strings.Builder
	fmt.Fprintf(&head, "# kube-apiserver's way to auditship: input %s, cluster %s. Put it to %s/webhook.yaml and give kube-apiserver\n#\n", in.Name, in.Cluster, h.dir)
	fmt.Fprintf(&head, "#   --audit-policy-file=%s/policy.yaml\n#   --audit-webhook-config-file=%s/webhook.yaml\n#   --audit-webhook-mode=%s\n#   --audit-webhook-version=audit.k8s.io/v1\n#\n# %s\n", h.dir, h.dir, h.mode, what)
	if !in.Webhook.TLS.Anonymous() {
		who := "any name"
		if len(in.Webhook.Clients) > 0 {
			who = "the name " + strings.Join(in.Webhook.Clients, " or ")
		}
		fmt.Fprintf(&head, "# webhook-client.crt must be signed by an authority in %s, and have %s.\n", in.Webhook.TLS.ClientCAFile, who)
	}
	return head.String() + string(body), nil
}

func (h *hook) find(c *config.Config) (*config.Input, error) {
	var found *config.Input
	for i := range c.Inputs {
		in := &c.Inputs[i]
		switch {
		case in.Webhook == nil || h.input != "" && in.Name != h.input:
		case found != nil:
			return nil, unusableError{errors.New("there are several webhook inputs; name one with --input")}
		default:
			found = in
		}
	}
	if found == nil && h.input != "" {
		return nil, unusableError{fmt.Errorf("there is no webhook input %q", h.input)}
	}
	if found == nil {
		return nil, unusableError{errors.New("there is no webhook input; give one a block: webhook")}
	}
	return found, nil
}

// server is the address that API servers are to use.
func (h *hook) server(in *config.Input) (string, error) {
	host, port, err := net.SplitHostPort(in.Webhook.Listen)
	if err != nil {
		return "", fmt.Errorf("read listen: %w", err)
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = ""
	}
	name, _ := os.Hostname()
	u := url.URL{Scheme: "https", Host: net.JoinHostPort(cmp.Or(h.host, host, name), port), Path: cmp.Or(in.Webhook.Path, "/")}
	return u.String(), nil
}

// kubeconfig is what client-go reads (k8s.io/client-go/tools/clientcmd/api/v1).
func (h *hook) kubeconfig(in *config.Input, server string) any {
	user := map[string]string{}
	if !in.Webhook.TLS.Anonymous() {
		user["client-certificate"], user["client-key"] = h.dir+"/webhook-client.crt", h.dir+"/webhook-client.key"
	}
	const name = "auditship"
	type object = map[string]any
	return struct {
		APIVersion string   `yaml:"apiVersion"`
		Kind       string   `yaml:"kind"`
		Clusters   []object `yaml:"clusters"`
		Users      []object `yaml:"users"`
		Contexts   []object `yaml:"contexts"`
		Current    string   `yaml:"current-context"`
	}{
		"v1", "Config",
		[]object{{"name": name, "cluster": object{"server": server, "certificate-authority": h.dir + "/webhook-ca.crt"}}},
		[]object{{"name": "kube-apiserver", "user": user}},
		[]object{{"name": name, "context": object{"cluster": name, "user": "kube-apiserver"}}},
		name,
	}
}
